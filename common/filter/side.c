#include "filter/side.h"

#include <fcntl.h>

#include "base/die.h"

enum { BUFFER_SIZE = 1 << 16 };

struct out *side_open(struct side_files *s, const char *path)
{
    if (!path)
        return NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", path);
    struct out *file = &s->files[s->count++];
    out_init(file, fd, path, BUFFER_SIZE, OUT_SAY_CLOSED);
    return file;
}

void side_flush(struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        out_flush(&s->files[i]);
}

void side_close(struct side_files *s)
{
    for (size_t i = 0; i < s->count; i++)
        out_close(&s->files[i]);
    s->count = 0;
}
