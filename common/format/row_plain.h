/* row_plain: a plain row read by where its columns end. For rows.c alone; see rows.h.
 *
 * Nearly every row has been written by statsd-agg: its series is visible ASCII without a backslash,
 * its value digits with a point perhaps, and its time the very bytes of the row before. So the end
 * of the line is not searched for. Each column's end is found from the one before, mostly without a
 * branch that depends on its length: the series 64 bytes at a time, type and statistic by their
 * TABs, the value by its digits; the time is compared. If a row of a good kind is accepted here,
 * aggregate_parse accepts it too, with the same columns (a test compares them).
 *
 * Each skip may look at up to FIND_STRETCH bytes from where it begins, whatever is in them.
 * skip_name makes sure, once, that this many bytes can be read, and those of the columns that
 * follow. */
#ifndef FORMAT_ROW_PLAIN_H
#define FORMAT_ROW_PLAIN_H

#include "base/find.h"
#include "base/number.h"
#include "base/word.h"
#include "format/rows.h"

enum {
    ROW_TIME_LEAST = 8,
    SKIP_COLUMN = 32, /* the most bytes of type and statistic, or of a value, with a TAB after it */
    SKIP_AHEAD = FIND_STRETCH + 3 * SKIP_COLUMN,
};

/* A bit for every byte of the 16 at p that is not visible ASCII, is a backslash, or is `also`. */
static inline uint64_t skip_odd_bits(const char *p, char also)
{
    simd_block block = simd_load(p), visible = simd_in_range(block, '!', '~');
    return simd_bits(simd_without(visible, simd_or(simd_equal(block, '\\'), simd_equal(block, also)))) ^ 0xffff;
}

/* The first byte at p or after it that is not visible ASCII, is a backslash, or is `also`; NULL
 * where that is not known, or SKIP_COLUMN * 3 bytes cannot be read from there. */
static inline const char *skip_name(const char *p, const char *end, char also)
{
    for (; end - p >= SKIP_AHEAD; p += FIND_STRETCH) {
        uint64_t odd = skip_odd_bits(p, also) | skip_odd_bits(p + 16, also) << 16 | skip_odd_bits(p + 32, also) << 32 |
                       skip_odd_bits(p + 48, also) << 48;
        if (odd)
            return p + __builtin_ctzll(odd);
    }
    return NULL;
}

/* The second TAB among the SKIP_COLUMN bytes at p, or NULL. */
static inline const char *skip_two(const char *p)
{
    uint32_t tabs = find_bits(p, '\t') | find_bits(p + SIMD_BLOCK, '\t') << SIMD_BLOCK;
    tabs &= tabs - 1;
    return tabs ? p + __builtin_ctz(tabs) : NULL;
}

/* The TAB after the number at p, `[-] digits [. digits]`, when it is among the first SKIP_COLUMN
 * bytes; else NULL. */
static inline const char *skip_number(const char *p)
{
    simd_block first = simd_load(p), second = simd_load(p + SIMD_BLOCK);
    uint32_t digits = simd_bits(simd_in_range(first, '0', '9')) | simd_bits(simd_in_range(second, '0', '9'))
                                                                      << SIMD_BLOCK;
    uint32_t points = simd_bits(simd_equal(first, '.')) | simd_bits(simd_equal(second, '.')) << SIMD_BLOCK;
    uint32_t minus = *p == '-', point = points & (0 - points);
    uint32_t others = ~(digits | point | minus);   /* all but one leading sign and the first point */
    uint32_t before = (others & (0 - others)) - 1; /* the bytes before the first of those */
    if (!others || !(digits & before))
        return NULL;
    p += __builtin_ctz(others);
    return *p == '\t' ? p : NULL;
}

/* The TAB after a value of any other form that is a number, or NULL. */
static inline const char *skip_value(const char *value)
{
    bool negative;
    const char *tab = memchr(value, '\t', SKIP_COLUMN);
    return tab && number_check(value, (size_t)(tab - value), &negative) == NUMBER_OK ? tab : NULL;
}

/* Prepares the text of a time that aggregate_parse has taken; its length is 0 when it is not of
 * usual length. */
static inline struct row_time row_time(struct span text)
{
    if (text.length < ROW_TIME_LEAST || text.length > ROW_TIME_MOST)
        return (struct row_time){ 0, 0, 0 };
    return (struct row_time){ word_load(text.text), word_load(text.text + text.length - 8), text.length };
}

/* Reads the row that begins at line, in a buffer that ends at end; returns what follows its LF, or
 * NULL when it is left to aggregate_parse. The kind has not been checked. t->length is
 * not 0; row->data is left as it is. */
static inline const char *row_plain(const struct row_time *t, const char *line, const char *end, struct row *row)
{
    const char *kind = row->name_end = skip_name(line, end, ';');
    if (kind && *kind == ';')
        kind = skip_name(kind, end, '\\');
    if (!kind || *kind != '\t' || row->name_end == line)
        return NULL;
    const char *tab = skip_two(kind + 1);
    if (!tab)
        return NULL;
    row->kind = kind;
    row->value = tab + 1;
    row->value_end = skip_number(row->value);
    if (!row->value_end)
        row->value_end = skip_value(row->value);
    if (!row->value_end)
        return NULL;
    const char *time = row->value_end + 1, *time_end = time + t->length;
    bool same = word_load(time) == t->first && word_load(time_end - 8) == t->last && *time_end == '\n';
    return same ? time_end + 1 : NULL;
}

/* True when the kind of the row at line, read up to next, is a good one, whatever row it is in;
 * sets *a to the row. */
static inline bool row_plain_kind(const char *line, const char *next, struct aggregate *a)
{
    struct span culprit;
    size_t length = (size_t)(next - 1 - line);
    return !memchr(line, '\n', length) && aggregate_parse(line, length, a, &culprit) == AGGREGATE_OK;
}

#endif
