/* sort: doubles in rising order. */
#ifndef STATISTICS_SORT_H
#define STATISTICS_SORT_H

#include <stddef.h>

/* Sorts values[0..n), none of which may be NaN, in place. scratch is malloc'ed memory of the
 * caller's for n doubles. Minus zero equals zero and may become it. */
void sort_doubles(double *values, size_t n, void *scratch);

#endif
