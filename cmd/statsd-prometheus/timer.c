#include "timer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "format/populations.h"

static void add_pair(struct timer_pairs *p, double at, double value)
{
    size_t i = p->count;
    if (p->count == p->capacity) {
        p->capacity = 2 * p->capacity + 8;
        p->list = xreallocarray(p->list, p->capacity, sizeof *p->list);
    }
    while (i && p->list[i - 1].at >= at)
        i--;
    if (i < p->count && p->list[i].at == at)
        return;
    memmove(p->list + i + 1, p->list + i, (p->count - i) * sizeof *p->list);
    p->list[i] = (struct timer_pair){ at, value };
    p->count++;
}

/* `99_9` → 0.999: the point is moved in the text, so that no rounding gets in. */
static bool parse_quantile(struct span text, double *quantile)
{
    char digits[64], three[3] = { '0', '0', '0' };
    size_t whole = 0, length = 4;
    while (whole < text.length && text.text[whole] != '_')
        whole++;
    if (!whole || whole > sizeof three || text.length > sizeof digits - 8)
        return false;
    memcpy(three + sizeof three - whole, text.text, whole);
    memcpy(digits, (char[]){ three[0], '.', three[1], three[2] }, length);
    for (size_t i = whole + 1; i < text.length; i++)
        digits[length++] = text.text[i];
    return number_parse(digits, length, quantile) == NUMBER_OK && *quantile <= 1;
}

static bool read_quantile(struct span statistic, double *quantile)
{
    const struct span upper = SPAN("upper"), upper_of = SPAN("upper_");
    if (span_equal(statistic, upper)) {
        *quantile = 1;
        return true;
    }
    return statistic.length > upper_of.length && memcmp(statistic.text, upper_of.text, upper_of.length) == 0 &&
           parse_quantile((struct span){ statistic.text + upper_of.length, statistic.length - upper_of.length },
                          quantile);
}

static double number_of(struct span text)
{
    double value = 0;
    number_parse(text.text, text.length, &value);
    return value;
}

static inline bool is_word(struct span statistic, const char *word, size_t length)
{
    return statistic.length == length && memcmp(statistic.text, word, length) == 0;
}

static inline bool is_histogram(struct span statistic)
{
    return statistic.length >= 9 && memcmp(statistic.text, "histogram", 9) == 0;
}

bool timer_wants(struct span statistic)
{
    double quantile;
    return is_word(statistic, "count", 5) || is_word(statistic, "mean", 4) || is_word(statistic, "sum", 3) ||
           read_quantile(statistic, &quantile) || is_histogram(statistic);
}

void timer_read(struct timer *t, const struct point *p)
{
    double mean = 0, sum = 0, quantile;
    bool has_sum = false;
    t->has_count = t->has_mean = t->has_plain_bins = false;
    t->count = 0;
    t->quantiles.count = t->bins.count = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct span statistic = p->values[i].statistic, text = p->values[i].value;
        if (is_word(statistic, "count", 5)) {
            t->has_count = true;
            t->count = number_of(text);
        } else if (is_word(statistic, "mean", 4)) {
            t->has_mean = true;
            mean = number_of(text);
        } else if (is_word(statistic, "sum", 3)) {
            has_sum = true;
            sum = number_of(text);
        } else if (*statistic.text == 'u' && read_quantile(statistic, &quantile)) {
            add_pair(&t->quantiles, quantile, number_of(text));
        } else if (statistic.length > 9 && memcmp(statistic.text, "histogram.", 10) == 0) {
            t->has_plain_bins = true;
        }
    }
    bool is_whole = !t->has_mean || (has_sum && populations_agree(t->count, mean, sum));
    t->sum = is_whole ? sum : mean * t->count;
}

void timer_free(struct timer *t)
{
    free(t->quantiles.list);
    free(t->bins.list);
}

bool timer_is_bin(const struct point *p, struct span *before, struct span *after, struct span *limit)
{
    const struct span tag = SPAN(";le=");
    const char *start = p->series.text, *end = start + p->series.length;
    if (p->type != AGGREGATE_TIMER || p->count != 1 || !span_is(p->values[0].statistic, "histogram"))
        return false;
    const char *found = memmem(start, p->series.length, tag.text, tag.length);
    if (!found)
        return false;
    const char *value = found + tag.length, *next = memchr(value, ';', (size_t)(end - value));
    *before = span_between(start, found);
    *after = span_between(next ? next : end, end);
    *limit = span_between(value, next ? next : end);
    return true;
}

static bool parse_limit(struct span text, double *limit)
{
    if (!span_is(text, "+Inf") && !span_is(text, "inf"))
        return number_parse(text.text, text.length, limit) == NUMBER_OK;
    *limit = INFINITY;
    return true;
}

bool timer_add_bin(struct timer *t, struct span text, double value)
{
    double limit;
    if (!parse_limit(text, &limit))
        return false;
    add_pair(&t->bins, limit, value);
    return true;
}

void timer_finish(struct timer *t)
{
    struct timer_pairs *bins = &t->bins;
    if (!bins->count)
        return;
    const struct timer_pair *last = &bins->list[bins->count - 1];
    double factor = populations_factor(t->count, isinf(last->at) ? last->value : 0);
    for (size_t i = 0; i < bins->count; i++)
        bins->list[i].value *= factor;
    add_pair(bins, INFINITY, t->count);
    bins->list[bins->count - 1].value = t->count;
}
