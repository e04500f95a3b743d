/* row_stream: a stream of aggregates, some of them broken by chance, for tests that read it in two
 * ways. */
#ifndef ROW_STREAM_H
#define ROW_STREAM_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "chance.h"

enum { ROW_STREAM = 1 << 20 };

static inline const char *row_stream_any(const char *const *list, size_t count)
{
    return list[chance(count)];
}

#define ANY(list) row_stream_any(list, sizeof(list) / sizeof *(list))

static inline char *row_stream_put_series(char *to)
{
    static const char *const names[] = { "a",
                                         "prod.web.host",
                                         "x;k=v",
                                         "a.long.one.of.which.there.is.more.than.a.block;",
                                         "in;the=midst;of=tags",
                                         "x;name=of.tag",
                                         "x;_name=a;b=1;name=c",
                                         "x;names=a;na=b" };
    static const char *const others[] = { "caf\xc3\xa9", "with\\tTAB", ";only=tags", "\\", "" };
    to = chance_text(to, chance(10) ? ANY(names) : ANY(others));
    for (size_t more = chance(60); more; more--)
        *to++ = (char)('a' + chance(26));
    for (size_t more = chance(200) ? 0 : chance(3000); more; more--)
        *to++ = 'l';
    return to;
}

static inline char *row_stream_put_value(char *to)
{
    static const char *const others[] = { "1e+21", "-3.5e-7", "x", "", "-", ".", "1.2.3", "1e999", "+5", "0x1", "1_" };
    if (chance(50) == 0)
        return chance_text(to, ANY(others));
    double value = (double)chance(chance(2) ? 1000 : 1000000000) / (double)(1 + chance(1000));
    switch (chance(7)) {
    case 0: return to + sprintf(to, "%.0f", value);
    case 1: return to + sprintf(to, "%.1f", value);
    case 2: return to + sprintf(to, "%.17g", value);
    case 3: return to + sprintf(to, "%.3f", value);
    case 4: return to + sprintf(to, "-%.2f", value);
    case 5: return to + sprintf(to, "%.12e", value);
    default: return to + sprintf(to, "%.1f0000000000000000", value);
    }
}

static inline char *row_stream_put_kind(char *to)
{
    static const char *const kinds[] = {
        "c\tcount",
        "c\trate",
        "ms\tcount",
        "ms\tcount_ps",
        "ms\tlower",
        "ms\tupper",
        "ms\tsum",
        "ms\tsum_squares",
        "ms\tmean",
        "ms\tmedian",
        "ms\tstd",
        "ms\tcount_90",
        "ms\tupper_90",
        "ms\tsum_squares_99_9",
        "ms\tlower_top10",
        "ms\tmean_99_9",
        "ms\tsum_90",
        "g\tvalue",
        "s\tcount",
        "ms\thistogram.bin_inf",
        "own\tx",
        "own\tbad_records",
        "ms\thistogram.a b",
        "ms\thistogram.\xc3\xa9",
        "ms\thistogram.b\\\\n",
    };
    static const char *const wrong[] = { "x\tcount",    "c\tmean", "g\t", "\tvalue",
                                         "ms\tupper_x", "own\t",   "c",   "g\tvalue\t1" };
    if (chance(100) == 0)
        return chance_text(to, ANY(wrong));
    if (chance(300) == 0)
        return chance_text(to, "own\tnumStats");
    /* Kinds that differ in one place only, or in nothing but their length. */
    switch (chance(30)) {
    case 0: return to + sprintf(to, "ms\thistogram.bin_%zu", chance(300));
    case 1: return to + sprintf(to, "ms\thistogram.%02zuxxxxxxx", chance(100));
    case 2: return to + sprintf(to, "ms\thistogram.xx%zuxxxxxxx", chance(10));
    case 3: return to + sprintf(to, "ms\thistogram.%.*s", (int)(1 + chance(20)), "xxxxxxxxxxxxxxxxxxxx");
    default: break;
    }
    return chance_text(to, ANY(kinds));
}

/* Rows, each with the series of the one before or its own, the time changing now and then. Returns
 * the stream's length. */
static inline size_t row_stream(char *text)
{
    static const char *const times[] = { "1700000000", "1700000010", "1700000000.500", "5", "1700000010.000", "now" };
    static const char damages[] = "\t\t\n\n\r \\;\x7f\x80\0a1";
    char series[4096], *to = text;
    size_t series_length = 0;
    const char *time = times[0];
    while (to < text + ROW_STREAM - 8192) {
        char *line = to;
        if (chance(3) == 0)
            series_length = (size_t)(row_stream_put_series(series) - series);
        if (chance(200) == 0)
            time = ANY(times);
        memcpy(to, series, series_length);
        to = row_stream_put_kind(chance_text(to + series_length, "\t"));
        to = chance_text(row_stream_put_value(chance_text(to, "\t")), "\t");
        to = chance_text(chance_text(to, time), chance(60) ? "\n" : "\r\n");
        if (chance(60) == 0)
            line[chance((size_t)(to - line))] = damages[chance(sizeof damages - 1)];
        if (chance(100) == 0)
            to = chance_text(to, "plain.text 1 2\n");
    }
    return (size_t)(chance_text(to, "a\tg\tvalue\t1\t1700000000\n") - text);
}

/* The length of the piece of whole lines that is read at once. */
static inline size_t row_stream_piece(const char *text, size_t length)
{
    size_t piece = 1 + chance(chance(2) ? 90000 : 2000);
    piece = piece < length ? piece : length;
    while (text[piece - 1] != '\n')
        piece++;
    return piece;
}

#endif
