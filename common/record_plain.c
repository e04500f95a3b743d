#include "record_plain.h"

#include "clock.h"
#include "digits.h"
#include "find.h"
#include "number.h"

/* What is called seldom stays out of the way of what is called for every record. */
#define SELDOM __attribute__((noinline, cold))

/* The types by their letters and the TAB behind them, two bytes or three. They are told apart by a sum of the first two,
 * without a branch to mispredict: a stream mixes types without a pattern. Where there is no type, nothing matches. */
static const struct {
    uint32_t word, mask;
    unsigned char type, length;
} types[32] = {
#define WORD(first, second, third) ((first) | (second) << 8 | (third) << 16)
#define SLOT(first, second)        (((first) + (second)) & 31)
#define ONE(letter, type)          [SLOT(letter, '\t')] = { WORD(letter, '\t', 0), 0xffff, type, 1 }
#define TWO(first, second, type)   [SLOT(first, second)] = { WORD(first, second, '\t'), 0xffffff, type, 2 }
    ONE('c', RECORD_COUNTER),          ONE('g', RECORD_GAUGE),        ONE('s', RECORD_SET),
    ONE('h', RECORD_HISTOGRAM),        ONE('d', RECORD_DISTRIBUTION), TWO('m', 's', RECORD_TIMER),
    TWO('g', 'd', RECORD_GAUGE_DELTA),
};

/* The first TAB from p on, or the end; RECORD_SLACK bytes behind that can be read. */
static inline const char *find_tab(const char *p, const char *end)
{
    for (; p < end; p += 2 * FIND_BLOCK) {
        uint32_t found = find_bits(p, '\t') | find_bits(p + FIND_BLOCK, '\t') << FIND_BLOCK;
        if (found)
            return p + __builtin_ctz(found);
    }
    return end;
}

/* The last TAB in [from, end), or what is at from. */
static const char *find_last_tab(const char *from, const char *end)
{
    const char *p = end - 1;
    while (p > from && *p != '\t')
        p--;
    return p;
}

/* The type at p and the start of the value behind it; NULL for none. */
static inline const char *read_type(const char *p, enum record_type *type)
{
    uint32_t word = (uint32_t)word_load(p);
    unsigned slot = SLOT(word, word >> 8);
    *type = (enum record_type)types[slot].type;
    return types[slot].length && (word & types[slot].mask) == types[slot].word ? p + types[slot].length + 1 : NULL;
}

/* What is not a few digits: long, signed, with an exponent. Only of this can a timer's be negative. */
SELDOM static bool read_odd_number(const struct record *r, double *number)
{
    return number_parse(r->value.text, r->value.length, number) == NUMBER_OK &&
           !(r->type == RECORD_TIMER && *number < 0);
}

/* The eight bytes before the value's end can be read. */
static inline bool read_number(const struct record *r, double *number)
{
    size_t length = r->value.length;
    return (length <= 8 && digits_decimal(r->value.text + length, length, number)) || read_odd_number(r, number);
}

/* Reads another rate than the last one, in front of `end` and behind a TAB that is not looked for before `from`; false when it
 * is none, or longer than a memo keeps. */
SELDOM static bool learn_rate(struct record_memo *memo, const char *from, const char *end)
{
    const char *tab = find_last_tab(from, end);
    size_t length = (size_t)(end - tab);
    double rate;
    if (length < 2 || length > 8 || *tab != '\t' || number_parse(tab + 1, length - 1, &rate) != NUMBER_OK ||
        !(rate > 0 && rate <= 1))
        return false;
    memo->rate_length = length;
    memo->rate_mask = ~(uint64_t)0 << (8 * (8 - length));
    memo->rate_word = word_load(end - 8) & memo->rate_mask;
    memo->rate = rate;
    return true;
}

/* The TAB in front of the rate that ends at `end`, which is not looked for before `from`; NULL when there is none. Eight bytes
 * in front of the end can be read. */
static inline const char *read_rate(struct record_memo *memo, const char *from, const char *end, double *rate)
{
    uint64_t word = word_load(end - 8);
    *rate = 1;
    if (word >> 48 == ('\t' | '1' << 8))
        return end - 2;
    bool is_known = memo->rate_length && (word & memo->rate_mask) == memo->rate_word;
    if (!is_known && !learn_rate(memo, from, end))
        return NULL;
    *rate = memo->rate;
    return end - memo->rate_length;
}

/* Reads another time than the last one, in front of the end and behind a TAB; false when it is none, or its length is not one
 * that a memo keeps. */
SELDOM static bool learn_time(struct record_memo *memo, const char *line, const char *end)
{
    const char *text = find_last_tab(line, end) + 1;
    size_t length = (size_t)(end - text);
    if (text[-1] != '\t' || length < 8 || length > 16 || !clock_parse(text, length, &memo->time))
        return false;
    memo->time_length = length;
    memo->time_words[0] = word_load(text);
    memo->time_words[1] = word_load(end - 8);
    return true;
}

/* The time that ends at `end`, in a line of more than 16 bytes; its start is returned, or NULL. */
static inline const char *read_time(struct record_memo *memo, const char *line, const char *end, int64_t *time)
{
    const char *text = end - memo->time_length;
    uint64_t differences = (word_load(text) ^ memo->time_words[0]) | (word_load(end - 8) ^ memo->time_words[1]);
    if ((differences || !memo->time_length || text[-1] != '\t') && !learn_time(memo, line, end))
        return NULL;
    *time = memo->time;
    return end - memo->time_length;
}

bool record_plain(struct record_memo *memo, const char *line, size_t length, struct record *r)
{
    if (length <= 16)
        return false;
    const char *time = read_time(memo, line, line + length, &r->time);
    const char *tab = find_tab(line, line + length);
    if (!time || time - line < 1 + 8 || tab == line || *line == ';')
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
    if (r->type == RECORD_SET)
        return !find_byte(value, value_end, '\t');
    return read_number(r, &r->number);
}
