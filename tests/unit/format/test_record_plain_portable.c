/* The same, compiled as on machines without SSE2. */
#ifndef NO_SIMD
#define NO_SIMD
#endif
#include "format/record_plain.c"
#include "test_record_plain.c"
