#include "record_plain.h"

#include "clock.h"
#include "digits.h"
#include "find.h"
#include "number.h"

enum { TIME_LENGTH = 14, LEAST = sizeof "a\tc\t1\t1\t1700000000.123" - 1 };

/* The types by their letters and what follows: two bytes, of which a single letter's second is the TAB. They are told apart
 * by a sum of those bytes, without a branch to mispredict: a stream mixes types without a pattern. */
static const struct {
    char bytes[2];
    unsigned char type, length;
} types[32] = {
#define SLOT(first, second) (((first) + (second)) & 31)
    [SLOT('c', '\t')] = { { 'c', '\t' }, RECORD_COUNTER, 1 },
    [SLOT('g', '\t')] = { { 'g', '\t' }, RECORD_GAUGE, 1 },
    [SLOT('s', '\t')] = { { 's', '\t' }, RECORD_SET, 1 },
    [SLOT('h', '\t')] = { { 'h', '\t' }, RECORD_HISTOGRAM, 1 },
    [SLOT('d', '\t')] = { { 'd', '\t' }, RECORD_DISTRIBUTION, 1 },
    [SLOT('m', 's')] = { { 'm', 's' }, RECORD_TIMER, 2 },
    [SLOT('g', 'd')] = { { 'g', 'd' }, RECORD_GAUGE_DELTA, 2 },
};

/* The type at p, of which at least three bytes are there, and the start of the value behind it; NULL for none. */
static inline const char *read_type(const char *p, enum record_type *type)
{
    unsigned slot = SLOT((unsigned char)p[0], (unsigned char)p[1]);
    *type = (enum record_type)types[slot].type;
    size_t length = types[slot].length;
    if (p[0] != types[slot].bytes[0] || p[1] != types[slot].bytes[1] || p[length] != '\t')
        return NULL;
    return p + length + 1;
}

/* The TAB in front of the rate that ends at `end`, looking back no further than `from`; NULL when there is none. */
static inline const char *read_rate(struct record_memo *memo, const char *from, const char *end, double *rate)
{
    if (end - from >= 3 && end[-1] == '1' && end[-2] == '\t') {
        *rate = 1;
        return end - 2;
    }
    const char *tab = end - 1;
    while (tab > from && *tab != '\t')
        tab--;
    size_t length = (size_t)(end - tab - 1);
    if (*tab != '\t' || !length || length > sizeof memo->rate_text)
        return NULL;
    if (length != memo->rate_length || memcmp(tab + 1, memo->rate_text, length) != 0) {
        if (number_parse(tab + 1, length, rate) != NUMBER_OK || !(*rate > 0 && *rate <= 1))
            return NULL;
        memcpy(memo->rate_text, tab + 1, length);
        memo->rate_length = length;
        memo->rate = *rate;
    }
    *rate = memo->rate;
    return tab;
}

static inline bool read_time(struct record_memo *memo, const char *text, int64_t *time)
{
    if (memcmp(text, memo->time_text, TIME_LENGTH) != 0) {
        if (!clock_parse(text, TIME_LENGTH, &memo->time))
            return false;
        memcpy(memo->time_text, text, TIME_LENGTH);
    }
    *time = memo->time;
    return *text != '\0'; /* a memo of zeros is no time read before */
}

/* text has at least eight bytes from line's start to its end, so that the eight before its end can be read. */
static inline bool read_number(struct span text, double *number)
{
    uint64_t whole;
    if (text.length > 8 || !digits_ending(text.text + text.length, text.length, &whole))
        return number_parse(text.text, text.length, number) == NUMBER_OK;
    *number = (double)whole;
    return true;
}

bool record_plain(struct record_memo *memo, const char *line, size_t length, struct record *r)
{
    if (length < LEAST)
        return false;
    const char *time = line + length - TIME_LENGTH;
    const char *tab = find_byte(line, line + length - LEAST + 2, '\t');
    if (!tab || tab == line || *line == ';' || time[-1] != '\t')
        return false;
    r->series = (struct span){ line, (size_t)(tab - line) };
    const char *value = read_type(tab + 1, &r->type);
    if (!value || value >= time)
        return false;
    const char *value_end = read_rate(memo, value, time - 1, &r->rate);
    if (!value_end || value_end <= value || value_end - line < 8)
        return false;
    r->value = (struct span){ value, (size_t)(value_end - value) };
    r->number = 0;
    if (r->type == RECORD_SET) {
        if (find_byte(value, value_end, '\t'))
            return false;
    } else if (!read_number(r->value, &r->number) || (r->type == RECORD_TIMER && r->number < 0)) {
        return false;
    }
    return read_time(memo, time, &r->time);
}
