#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum {
    SLAB = 1 << 15,                                       /* numbers */
    INTERVALS_MOST = 8,                                   /* in a block */
    HEAD = sizeof(struct history_block) / sizeof(double), /* what a block takes besides its numbers */
};

struct history_slab {
    struct history_slab *next;
    double numbers[];
};

void history_free(struct history_memory *memory)
{
    for (struct history_slab *slab = memory->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    *memory = (struct history_memory){ NULL, 0 };
}

static struct history_block *new_block(struct history_memory *memory, size_t capacity)
{
    size_t size = HEAD + capacity;
    if (memory->left < size) {
        size_t count = size < SLAB ? SLAB : size;
        struct history_slab *slab = xmalloc(sizeof *slab + count * sizeof *slab->numbers);
        slab->next = memory->slabs;
        memory->slabs = slab;
        memory->left = count;
    }
    memory->left -= size;
    struct history_block *block = (void *)(memory->slabs->numbers + memory->left);
    *block = (struct history_block){ .capacity = capacity };
    return block;
}

void history_add(struct history *h, struct history_memory *memory, const double *numbers, size_t count)
{
    struct history_block *last = h->last;
    if (!last || last->capacity - last->count < count) {
        size_t most = INTERVALS_MOST * count, twice = last ? 2 * last->capacity : count;
        struct history_block *block = new_block(memory, twice < count ? count : twice < most ? twice : most);
        *(last ? &last->next : &h->first) = block;
        h->last = last = block;
    }
    memcpy(last->numbers + last->count, numbers, count * sizeof *numbers);
    last->count += count;
}
