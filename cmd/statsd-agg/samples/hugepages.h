/* hugepages: arrays of many megabytes that are read here and there.
 *
 * Each place touched costs a look-up of its page, and with pages of 4 KB most of those miss: among many series always, among
 * few whenever another program has been on the processor. So arrays from a megabyte up ask for huge pages, where the system
 * has them; a live statsd-agg of 10,000 names takes a twelfth less. Otherwise as xalloc.h: memory or death. */
#ifndef SAMPLES_HUGEPAGES_H
#define SAMPLES_HUGEPAGES_H

#include <stddef.h>

/* To be called once, before any other: keeps large arrays apart from small ones, so that what grows leaves no hole. */
void hugepages_init(void);

/* Resizes old (NULL: none) to count × size bytes. Freed by free(3). */
void *hugepages_reallocarray(void *old, size_t count, size_t size);

/* size bytes, from a megabyte up in whole huge pages. Freed by free(3). */
void *hugepages_aligned(size_t size);

/* size bytes that begin with the first `used` of old (NULL: none), which is freed. Freed by free(3). */
void *hugepages_grow(void *old, size_t used, size_t size);

/* count × size zeroed bytes. */
void *hugepages_calloc(size_t count, size_t size);

#endif
