/* history: for --dry-run: the data of every interval of every metric, until the end of the run.
 *
 * A metric's data are in blocks, each twice as long as the one before, up to a limit, so that
 * nothing is copied and little is unused. The blocks of all metrics are cut from the same slabs. */
#ifndef HISTORY_H
#define HISTORY_H

#include <stddef.h>

struct history_block {
    struct history_block *next;
    size_t count, capacity; /* of numbers */
    double numbers[];
};

/* Of one metric. Begins with zeros. */
struct history {
    struct history_block *first, *last;
};

/* The memory of all. Begins with zeros. */
struct history_memory {
    struct history_slab *slabs;
    size_t left; /* numbers in the first slab */
};

/* Frees the memory of all histories. */
void history_free(struct history_memory *memory);

/* Appends the numbers of an interval (at least one). They stand together, in one block. */
void history_add(struct history *h, struct history_memory *memory, const double *numbers, size_t count);

#endif
