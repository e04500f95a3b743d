#include "segment.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/find.h"
#include "format/aggregate.h"

static const char suffix[] = ".tsv", part_suffix[] = ".tsv.part";

enum { SEQ_DIGITS_MOST = 19 };

void segment_write_name(char *text, const struct segment_name *name)
{
    char time[CLOCK_TEXT_MAX];
    size_t length = clock_format(name->time, time);
    snprintf(text, SEGMENT_NAME_MAX, "%.*s-%010llu%s", (int)length, time, (unsigned long long)name->seq,
             name->is_part ? part_suffix : suffix);
}

/* Reads digits up to `end`. */
static bool read_seq(const char *text, const char *end, uint64_t *seq)
{
    if (text == end || end - text > SEQ_DIGITS_MOST)
        return false;
    for (*seq = 0; text < end; text++) {
        if (*text < '0' || *text > '9')
            return false;
        *seq = *seq * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

bool segment_read_name(const char *text, struct segment_name *name)
{
    char again[SEGMENT_NAME_MAX];
    const char *dash = strrchr(text, '-'), *dot = dash ? strchr(dash, '.') : NULL;
    if (!dot || dash == text || !clock_parse_far(text, (size_t)(dash - text), &name->time))
        return false;
    if (!read_seq(dash + 1, dot, &name->seq))
        return false;
    name->is_part = strcmp(dot, part_suffix) == 0;
    segment_write_name(again, name);
    return strcmp(text, again) == 0;
}

/* The end of the row at text with its LF, or NULL if there is no whole row. A power cut leaves
 * zeros, which rows do not have: writers escape them. */
static const char *whole_row(const char *text, const char *end)
{
    struct aggregate a;
    struct span culprit;
    const char *newline = find_byte(text, end, '\n');
    if (!newline)
        return NULL;
    size_t length = (size_t)(newline - text);
    length -= length && newline[-1] == '\r';
    if (memchr(text, '\0', length))
        return NULL;
    enum aggregate_error error = aggregate_parse(text, length, &a, &culprit);
    return error == AGGREGATE_OK || error == AGGREGATE_UNKNOWN_TYPE ? newline + 1 : NULL;
}

struct span segment_whole_rows(const char *from, const char *end, uint64_t *lines)
{
    const char *next;
    while (from < end && !whole_row(from, end)) {
        const char *newline = find_byte(from, end, '\n');
        from = newline ? newline + 1 : end;
    }
    const char *stop = from;
    while (stop < end && (next = whole_row(stop, end)) != NULL) {
        stop = next;
        ++*lines;
    }
    return span_between(from, stop);
}

uint64_t segment_count_lines(struct span text)
{
    uint64_t lines = 0;
    const char *end = text.text + text.length;
    for (const char *p = text.text; p < end && (p = find_byte(p, end, '\n')) != NULL; p++)
        lines++;
    return lines;
}
