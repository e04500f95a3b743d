/* sort: finite doubles in rising order. */
#ifndef STATISTICS_SORT_H
#define STATISTICS_SORT_H

#include <stddef.h>

/* Sorts values[0..n), none of them NaN, in place; scratch is memory of the caller's for n doubles, of no type of its own
 * (malloc's). Minus zero counts as zero and may become it. */
void sort_doubles(double *values, size_t n, void *scratch);

#endif
