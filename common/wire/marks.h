/* wire_marks: where bytes that may not stand in a name are, as they bound the parts of a line. For common/wire_batch alone.
 *
 * The bytes are first told apart 64 at a time, as bits, and then the bits are numbered without a branch that depends on where
 * they are: so the processor goes on to what lies between them before it knows (Langdale and Lemire, "Parsing gigabytes of
 * JSON per second", 2019). */
#ifndef WIRE_MARKS_H
#define WIRE_MARKS_H

#include <stdint.h>

#include "wire/skip.h"

enum { MARKS_STRETCH = 64 };

/* A bit for each of the 64 bytes at p, the lowest for the first, that has not SAFE_NAME. */
static inline uint64_t marks_bits(const char *p)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < MARKS_STRETCH; i += SKIP_BLOCK)
        bits |= (uint64_t)skip_unsafe_bits(p + i) << i;
    return bits;
}

static inline unsigned marks_count(uint64_t bits)
{
    bits -= (bits >> 1) & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + ((bits >> 2) & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (unsigned)(bits * UINT64_C(0x0101010101010101) >> 56);
}

static inline uint32_t marks_lowest(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits | UINT64_C(1) << 63);
}

/* Writes the number of each bit, plus offset, to `to`, which has room for 64, and returns the end. */
static inline uint32_t *marks_write(uint32_t *to, uint64_t bits, uint32_t offset)
{
    unsigned count = marks_count(bits);
    for (unsigned i = 0; i < 8; i++, bits &= bits - 1)
        to[i] = offset + marks_lowest(bits);
    for (unsigned i = 8; i < count; i++, bits &= bits - 1)
        to[i] = offset + marks_lowest(bits);
    return to + count;
}

#endif
