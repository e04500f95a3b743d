/* sort: finite doubles in rising order. */
#ifndef SORT_H
#define SORT_H

#include <stddef.h>

/* Sorts values[0..n), none of them NaN, in place; scratch has room for n. Minus zero and zero count as equal. */
void sort_doubles(double *values, size_t n, double *scratch);

#endif
