/* The same, as it is compiled where there is no SSE2. */
#ifndef NO_SIMD
#define NO_SIMD
#endif
#include "test_simd.c"
