#include "sink/batch.h"

#include <string.h>

size_t batch_offset(const struct batch *b, uint64_t index)
{
    const char *from = b->bytes, *end = b->bytes + b->length;
    for (uint64_t lines = index * b->point_lines; lines && from < end; lines--)
        from = (const char *)memchr(from, '\n', (size_t)(end - from)) + 1;
    return (size_t)(from - b->bytes);
}

struct span batch_point_at(const struct batch *b, size_t offset)
{
    const char *from = b->bytes + offset, *to = from, *end = b->bytes + b->length;
    for (unsigned lines = b->point_lines; lines && to < end; lines--)
        to = (const char *)memchr(to, '\n', (size_t)(end - to)) + 1;
    return span_between(from, to);
}

struct span batch_point(const struct batch *b, uint64_t index)
{
    return batch_point_at(b, batch_offset(b, index));
}
