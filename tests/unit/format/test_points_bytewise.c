/* The same, compiled as on machines without SSE2. */
#ifndef NO_SIMD
#define NO_SIMD
#endif
#include "format/rows.c"
#include "test_points.c"
