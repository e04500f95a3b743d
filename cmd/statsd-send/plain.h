/* plain: the fast way from a record to its line.
 *
 * Nearly every record has a name of safe bytes without tags, digits as its value, a rate of 1, and
 * the time of the record before it. Its line is then NAME:VALUE|TYPE, and nothing has to be read
 * back to know that it says the same. Any other record is left to line_write(); a test compares the
 * two. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>
#include <string.h>

#include "base/find.h"
#include "base/span.h"
#include "format/safe.h"
#include "format/types.h"

struct plain_memo {
    char rest[40]; /* `TAB 1 TAB time` of the last record that record_parse has taken */
    size_t length; /* 0: of none */
};

/* Remembers the rate and the time of a good record, given its rate column and the line's end. */
static inline void plain_remember(struct plain_memo *m, const char *rate, const char *end)
{
    size_t length = (size_t)(end - rate) + 1;
    bool is_short = length <= sizeof m->rest && end - rate > 2 && rate[0] == '1' && rate[1] == '\t';
    m->length = is_short && !memchr(rate + 2, '\t', (size_t)(end - rate - 2)) ? length : 0;
    if (m->length)
        memcpy(m->rest, rate - 1, length);
}

static inline bool plain_is_name(const char *p, const char *end)
{
    bool has_other = false;
    if (p == end)
        return false;
    for (; p < end; p++) {
        if (!(safe_classes[(unsigned char)*p] & SAFE_NAME))
            return false;
        has_other |= *p != '.';
    }
    return has_other;
}

static inline bool plain_is_number(const char *p, const char *end)
{
    if (p == end || end - p > 15)
        return false;
    for (; p < end; p++)
        if (*p < '0' || *p > '9')
            return false;
    return true;
}

/* Writes the record's line to `to`, which has room for as many bytes as the record, and returns the
 * end; NULL if the record is left to line_write. Sets *series. */
static inline char *plain_write(const struct plain_memo *m, const char *record, const char *end, char *to,
                                struct span *series)
{
    const char *tab = find_byte(record, end, '\t'), *value, *rest = end - m->length;
    if (!tab || !m->length || end - tab < (ptrdiff_t)m->length + 4 || memcmp(rest, m->rest, m->length) != 0)
        return NULL;
    value = tab[2] == '\t' ? tab + 3 : tab + 4;
    bool is_type = tab[2] == '\t' ? tab[1] == 'c' || tab[1] == 'g' || tab[1] == 'h' || tab[1] == 'd'
                                  : tab[1] == 'm' && tab[2] == 's' && tab[3] == '\t';
    if (!is_type || value > rest || !plain_is_number(value, rest) || !plain_is_name(record, tab))
        return NULL;
    *series = span_between(record, tab);
    memcpy(to, record, series->length);
    to += series->length;
    *to++ = ':';
    memcpy(to, value, (size_t)(rest - value));
    to += rest - value;
    *to++ = '|';
    *to++ = tab[1];
    if (tab[2] != '\t')
        *to++ = tab[2];
    return to;
}

#endif
