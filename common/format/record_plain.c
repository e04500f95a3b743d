#include "format/record_plain.h"

#include "base/clock.h"
#include "base/number.h"

/* What is called seldom stays out of the way of what is called for every record. */
#define SELDOM __attribute__((noinline, cold))

/* The last TAB in [from, end); if there is none, from, or the byte before the end if that is
 * earlier. */
static const char *find_last_tab(const char *from, const char *end)
{
    const char *p = end - 1;
    while (p > from && *p != '\t')
        p--;
    return p;
}

SELDOM bool record_odd_number(const struct record *r, double *number)
{
    return number_parse(r->value.text, r->value.length, number) == NUMBER_OK &&
           !(record_traits[r->type].value == RECORD_VALUE_NOT_NEGATIVE && *number < 0);
}

SELDOM bool record_learn_rate(struct record_memo *memo, const char *from, const char *end)
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

SELDOM bool record_learn_time(struct record_memo *memo, const char *line, const char *end)
{
    const char *tab = find_last_tab(line, end);
    size_t length = (size_t)(end - tab);
    if (*tab != '\t' || length < 8 || length > 16 || !clock_parse(tab + 1, length - 1, &memo->time))
        return false;
    memo->time_length = length;
    memo->time_words[0] = word_load(tab);
    memo->time_words[1] = word_load(end - 8);
    return true;
}
