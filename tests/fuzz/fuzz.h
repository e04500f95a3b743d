/* fuzz: what the fuzzers share. Each fuzzer is one file with LLVMFuzzerTestOneInput. It reads any
 * bytes in two ways, or checks what one way returns for them, and aborts if anything differs from
 * what a header of common/ promises. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/span.h"

/* The place of common/base/hash.c: a fuzzer does the same with the same bytes. */
struct hash_seed hash_seed_random(void)
{
    return (struct hash_seed){ { 3, 5, 7, 11 } };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, regardless of NDEBUG. */
#define require(condition) ((condition) ? (void)0 : require_failed(__FILE__, __LINE__, #condition))

static inline _Noreturn void require_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: this is not so: %s\n", file, line, condition);
    abort();
}

static inline bool is_inside(struct span part, const char *line, size_t length)
{
    return part.text >= line && part.length <= length && part.text + part.length <= line + length;
}

/* Returns a copy of text[0..length) followed by exactly slack bytes, for the address sanitizer. The
 * slack is filled with the bytes of `pattern`, repeated: if a reader looks beyond the text, they
 * must not matter. The caller frees it. */
static inline char *copy_with_slack(const char *text, size_t length, size_t slack, const uint8_t *pattern,
                                    size_t pattern_length)
{
    char *copy = malloc(length + slack);
    memcpy(copy, text, length);
    for (size_t i = 0; i < slack; i++)
        copy[length + i] = (char)pattern[i % pattern_length];
    return copy;
}

/* Returns the LF of the line that begins at p, or the end. */
static inline const char *line_end(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline ? newline : end;
}

#endif
