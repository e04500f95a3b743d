/* chance: numbers at random, the same on every run and machine, for tests that break things by
 * chance (Marsaglia, "Xorshift RNGs", 2003). */
#ifndef CHANCE_H
#define CHANCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Set it to a seed that is not 0 to begin again. */
static uint64_t chance_state = 1;

/* A number from 0 to below - 1. */
static inline size_t chance(size_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (size_t)(chance_state >> 16) % below;
}

/* Writes a text that is no matter of chance, and returns the end. */
static inline char *chance_text(char *to, const char *text)
{
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

/* Writes up to most bytes, of the bytes given, and returns the end. */
static inline char *chance_put(char *to, const char *bytes, size_t most)
{
    size_t count = strlen(bytes);
    for (size_t length = chance(most + 1); length; length--)
        *to++ = bytes[chance(count)];
    return to;
}

#endif
