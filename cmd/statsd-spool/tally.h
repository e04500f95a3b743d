/* tally: a number of lines, some of which perhaps could not be counted. */
#ifndef TALLY_H
#define TALLY_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/plural.h"

struct tally {
    uint64_t lines;
    bool is_least; /* there may have been more: a file could not be read */
};

static inline void tally_add(struct tally *sum, struct tally more)
{
    sum->lines += more.lines;
    sum->is_least |= more.is_least;
}

/* For messages: `12 lines`, or `at least 12 lines`. Use it with %s and tally_text(sum).text. */
struct tally_text {
    char text[40];
};

static inline struct tally_text tally_text(struct tally sum)
{
    struct tally_text words;
    snprintf(words.text, sizeof words.text, "%s%" PRIu64 " %s", sum.is_least ? "at least " : "", sum.lines,
             plural(sum.lines, "line", "lines"));
    return words;
}

#endif
