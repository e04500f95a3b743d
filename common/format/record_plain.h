/* record_plain: the fast path of record_parse.
 *
 * Nearly every record was written by statsd-recv or statsd-parse: its rate is usually 1, its value
 * a few digits, and its time the same as in the previous record. So the line is read from both
 * ends. The first TAB ends the series, and a table gives the type after it. The time is the last
 * bytes, which are only compared with the previous time; the rate is before it; what remains is the
 * value. There are few branches, and no step waits for the previous line, so a processor works on
 * two or three lines at once. Any line that deviates falls back to record_parse, which also reports
 * the error. A line that is accepted here has the same result there (a test compares them). It
 * takes a third of the time of splitting the line.
 *
 * A check that a later one implies is left out: if the parts don't follow each other, bytes before
 * or after the line may be taken for a part, and then the value ends before it begins. */
#ifndef FORMAT_RECORD_PLAIN_H
#define FORMAT_RECORD_PLAIN_H

#include "base/digits.h"
#include "base/find.h"
#include "format/record.h"

/* Bytes that must be readable before and after a line, whatever they are. */
enum { RECORD_BEFORE = 32, RECORD_SLACK = 64 };

/* What a record repeats of those before, its rate and its time, is read once. Begin with
 * RECORD_MEMO_NONE; it keeps nothing that points into a line. */
struct record_memo {
    uint64_t rate_word, rate_mask; /* the last eight bytes of the TAB and the rate, and which of them count */
    size_t rate_length;            /* of both, 2 to 8 */
    double rate;
    uint64_t time_words[2]; /* the first eight bytes of the TAB and the time, and the last eight */
    size_t time_length;     /* of both, 8 to 16 */
    int64_t time;
};

/* Values that cannot match the end of a line, because a line has no LF. */
#define RECORD_MEMO_NONE                                                                                               \
    {                                                                                                                  \
        .rate_word = UINT64_C(0x0A0A0A0A0A0A0A0A), .rate_mask = ~UINT64_C(0),                                          \
        .time_words = { UINT64_C(0x0A0A0A0A0A0A0A0A), UINT64_C(0x0A0A0A0A0A0A0A0A) },                                  \
    }

/* Learns a new rate, which ends at `end` and follows a TAB that is not before `from`. False if it
 * is no rate, or longer than a memo holds. */
bool record_learn_rate(struct record_memo *memo, const char *from, const char *end);

/* Learns a new time, which ends at `end` and follows a TAB. False if it is no time, or its length
 * is not one that a memo holds. */
bool record_learn_time(struct record_memo *memo, const char *line, const char *end);

/* The number of a value that is not just a few digits: one that is long, signed, or has an
 * exponent. False if it is not a number, or is a negative timer's. */
bool record_odd_number(const struct record *r, double *number);

/* The first TAB from p on, or the end. The steps are such that a stream of plain names, and one of
 * names with tags, mostly take the same number of them, which a processor predicts. */
static inline const char *record_find_tab(const char *p, const char *end)
{
    uint32_t found = find_bits(p, '\t') | find_bits(p + FIND_BLOCK, '\t') << FIND_BLOCK;
    if (found)
        return p + __builtin_ctz(found);
    for (p += 2 * FIND_BLOCK; p < end; p += FIND_STRETCH) {
        uint64_t bits = find_bits_of_stretch(p, '\t');
        if (bits)
            return p + __builtin_ctzll(bits);
    }
    return end;
}

/* Sets *type to the type at p and returns the start of the value after it, or NULL. */
static inline const char *record_plain_type(const char *p, enum record_type *type)
{
    uint32_t word = (uint32_t)word_load(p);
    const struct record_type_word *t = &record_type_words[RECORD_TYPE_SLOT(word, word >> 8)];
    *type = (enum record_type)t->type;
    return t->length && (word & t->mask) == t->word ? p + t->length + 1 : NULL;
}

/* The TAB before the rate that ends at `end`, searched from `from` on; NULL if there is none. */
static inline const char *record_plain_rate(struct record_memo *memo, const char *from, const char *end, double *rate)
{
    uint64_t word = word_load(end - 8);
    *rate = 1;
    if (word >> 48 == ('\t' | '1' << 8))
        return end - 2;
    if ((word & memo->rate_mask) != memo->rate_word && !record_learn_rate(memo, from, end))
        return NULL;
    *rate = memo->rate;
    return end - memo->rate_length;
}

/* The TAB before the time that ends at `end`, or NULL. */
static inline const char *record_plain_time(struct record_memo *memo, const char *line, const char *end, int64_t *time)
{
    const char *tab = end - memo->time_length;
    uint64_t differences = (word_load(tab) ^ memo->time_words[0]) | (word_load(end - 8) ^ memo->time_words[1]);
    if (differences && !record_learn_time(memo, line, end))
        return NULL;
    *time = memo->time;
    return end - memo->time_length;
}

static inline bool record_plain_number(const struct record *r, double *number)
{
    size_t length = r->value.length;
    return (length <= 8 && digits_decimal(r->value.text + length, length, number)) || record_odd_number(r, number);
}

/* Reads the line (without its end) into *r, whose spans point into it. Returns false if
 * record_parse has to read the line. */
static inline bool record_plain(struct record_memo *memo, const char *line, size_t length, struct record *r)
{
    if (!length || *line == ';' || *line == '\t')
        return false;
    const char *rate_end = record_plain_time(memo, line, line + length, &r->time);
    if (!rate_end)
        return false;
    const char *tab = record_find_tab(line, line + length);
    r->series = (struct span){ line, (size_t)(tab - line) };
    const char *value = record_plain_type(tab + 1, &r->type);
    if (!value)
        return false;
    const char *value_end = record_plain_rate(memo, value, rate_end, &r->rate);
    if (!value_end || value_end <= value)
        return false;
    r->value = (struct span){ value, (size_t)(value_end - value) };
    r->number = 0;
    if (record_type_has_members(r->type))
        return !find_byte(value, value_end, '\t');
    return record_plain_number(r, &r->number);
}

#endif
