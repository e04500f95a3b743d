#include "statistics/timer_statistics.h"

#include <math.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "statistics/timer.h"

struct timer_statistics *timer_statistics_new(void)
{
    return xcalloc(1, sizeof(struct timer_statistics));
}

static void free_percentiles(struct timer_statistics *p)
{
    for (size_t i = 0; i < p->percentile_count; i++)
        free((char *)p->percentiles[i].name.text);
    free(p->percentiles);
    p->percentiles = NULL;
    p->percentile_count = 0;
}

static void free_histogram(struct histogram *h)
{
    for (size_t i = 0; i < h->bin_count; i++)
        free((char *)h->bins[i].name.text);
    for (size_t i = 0; i < h->row_count; i++)
        free((char *)h->rows[i].name.text);
    free(h->bins);
    free(h->rows);
}

void timer_statistics_free(struct timer_statistics *p)
{
    free_percentiles(p);
    for (size_t i = 0; i < p->histogram_count; i++)
        free_histogram(&p->histograms[i]);
    free(p->histograms);
    free(p->idle);
    free(p->selected);
    free(p);
}

static const struct statistic *statistic_of(size_t statistic)
{
    return &aggregate_statistics[AGGREGATE_TIMER].rows[statistic];
}

/* All three, one after the other, in memory that the caller frees. */
static struct span joined(struct span stem, const char *mark, struct span text)
{
    size_t marked = stem.length + strlen(mark);
    char *name = xmalloc(marked + text.length + 1);
    memcpy(name, stem.text, stem.length);
    memcpy(name + stem.length, mark, marked - stem.length);
    memcpy(name + marked, text.text, text.length);
    name[marked + text.length] = '\0';
    return (struct span){ name, marked + text.length };
}

/* The same, with every `.` of text as `_`. */
static struct span underscored(struct span stem, const char *mark, struct span text)
{
    struct span name = joined(stem, mark, text);
    for (char *p = (char *)name.text + name.length - text.length; *p; p++)
        if (*p == '.')
            *p = '_';
    return name;
}

static bool is_plain_decimal(struct span text)
{
    size_t digits = 0, points = 0;
    for (size_t i = text.length && text.text[0] == '-' ? 1 : 0; i < text.length; i++) {
        digits += text.text[i] >= '0' && text.text[i] <= '9';
        points += text.text[i] == '.';
    }
    return digits && points < 2 && digits + points + (text.text[0] == '-') == text.length;
}

static bool has_percentile(const struct timer_statistics *p, double value)
{
    for (size_t i = 0; i < p->percentile_count; i++)
        if (p->percentiles[i].value == value)
            return true;
    return false;
}

const char *timer_statistics_set_percentiles(struct timer_statistics *p, const char *text, struct span *culprit)
{
    struct list list = list_of(text);
    free_percentiles(p);
    while (list_next(&list, culprit)) {
        double value;
        if (!is_plain_decimal(*culprit) || number_parse(culprit->text, culprit->length, &value) != NUMBER_OK)
            return "expected a number such as 90, 99.9 or -10";
        if (!(value >= -100 && value <= 100) || value == 0)
            return "expected one from -100 to 100, but not 0";
        if (has_percentile(p, value))
            continue;
        struct span digits = *culprit;
        if (value < 0)
            digits = (struct span){ digits.text + 1, digits.length - 1 };
        p->percentiles = xreallocarray(p->percentiles, p->percentile_count + 1, sizeof *p->percentiles);
        p->percentiles[p->percentile_count++] =
            (struct percentile){ value, underscored(SPAN(""), value < 0 ? "top" : "", digits) };
    }
    return NULL;
}

static struct histogram *new_histogram(struct timer_statistics *p, struct span match)
{
    p->histograms = xreallocarray(p->histograms, p->histogram_count + 1, sizeof *p->histograms);
    p->histograms[p->histogram_count] = (struct histogram){ .match = match };
    return &p->histograms[p->histogram_count++];
}

const char *timer_statistics_add_histogram(struct timer_statistics *p, const char *text, struct span *culprit)
{
    const char *equals = strrchr(text, '=');
    *culprit = (struct span){ text, strlen(text) };
    if (!equals)
        return "expected MATCH=b1,b2,inf";
    struct histogram *h = new_histogram(p, (struct span){ text, (size_t)(equals - text) });
    struct list list = list_of(equals + 1);
    while (list_next(&list, culprit)) {
        double limit = HUGE_VAL;
        if (!span_is(*culprit, "inf") && number_parse(culprit->text, culprit->length, &limit) != NUMBER_OK)
            return "expected a number or inf";
        h->bins = xreallocarray(h->bins, h->bin_count + 1, sizeof *h->bins);
        h->bins[h->bin_count++] = (struct bin){ limit, *culprit };
    }
    return NULL;
}

const char *timer_statistics_select(struct timer_statistics *p, const char *text, struct span *culprit)
{
    struct list list = list_of(text);
    p->selected_count = 0;
    p->selected = xreallocarray(p->selected, 1, sizeof *p->selected);
    while (list_next(&list, culprit)) {
        if (!culprit->length)
            return "expected the name of a statistic";
        p->selected = xreallocarray(p->selected, p->selected_count + 1, sizeof *p->selected);
        p->selected[p->selected_count++] = *culprit;
    }
    return NULL;
}

/* `X_percent` stands for X at every whole percentile, negative ones included, as in the reference's
 * calculatedTimerMetrics. */
static bool stands_for(struct span word, struct span name)
{
    static const char suffix[] = "_percent";
    size_t tail = sizeof suffix - 1;
    if (word.length <= tail || memcmp(word.text + word.length - tail, suffix, tail) != 0)
        return false;
    size_t stem = word.length - tail + 1;
    if (name.length <= stem || memcmp(name.text, word.text, stem) != 0)
        return false;
    if (name.length > stem + 3 && memcmp(name.text + stem, "top", 3) == 0)
        stem += 3;
    for (size_t i = stem; i < name.length; i++)
        if (name.text[i] < '0' || name.text[i] > '9')
            return false;
    return true;
}

static bool is_bin(struct span name)
{
    struct span stem = statistic_of(TIMER_HISTOGRAM)->name;
    return name.length > stem.length + 1 && name.text[stem.length] == '.' &&
           memcmp(name.text, stem.text, stem.length) == 0;
}

/* True when a statistic of that name is wanted; `histogram` stands for all bins. */
static bool wants(const struct timer_statistics *p, struct span name)
{
    struct span all_bins = statistic_of(TIMER_HISTOGRAM)->name;
    if (!p->selected)
        return true;
    for (size_t i = 0; i < p->selected_count; i++)
        if (span_equal(p->selected[i], name) || stands_for(p->selected[i], name) ||
            (span_equal(p->selected[i], all_bins) && is_bin(name)))
            return true;
    return false;
}

/* The name is now the row's, or gone. */
static void add_row(const struct timer_statistics *p, struct histogram *h, size_t statistic, size_t index,
                    struct span name)
{
    if (!wants(p, name)) {
        free((char *)name.text);
        return;
    }
    h->has_bin_rows |= statistic_of(statistic)->kind == STATISTIC_BIN;
    h->rows = xreallocarray(h->rows, h->row_count + 1, sizeof *h->rows);
    h->rows[h->row_count++] =
        (struct timer_row){ (enum timer_statistic)statistic, statistic_of(statistic)->kind, index, name };
}

static bool has_percentile_row(enum statistic_kind kind, double percentile)
{
    switch (kind) {
    case STATISTIC_PERCENTILE: return true;
    case STATISTIC_PERCENTILE_ABOVE: return percentile > 0;
    case STATISTIC_PERCENTILE_BELOW: return percentile < 0;
    default: return false;
    }
}

static void add_percentile_rows(const struct timer_statistics *p, struct histogram *h, size_t index)
{
    const struct percentile *q = &p->percentiles[index];
    for (size_t i = 0; i < aggregate_statistics[AGGREGATE_TIMER].count; i++)
        if (has_percentile_row(statistic_of(i)->kind, q->value))
            add_row(p, h, i, index, joined(statistic_of(i)->name, "_", q->name));
}

static void add_rows(const struct timer_statistics *p, struct histogram *h)
{
    struct span histogram = statistic_of(TIMER_HISTOGRAM)->name;
    for (size_t i = 0; i < aggregate_statistics[AGGREGATE_TIMER].count; i++)
        if (statistic_of(i)->kind == STATISTIC_PLAIN)
            add_row(p, h, i, 0, joined(statistic_of(i)->name, "", SPAN("")));
    for (size_t i = 0; i < p->percentile_count; i++)
        add_percentile_rows(p, h, i);
    for (size_t i = 0; i < h->bin_count; i++)
        add_row(p, h, TIMER_HISTOGRAM, i, joined(p->is_cumulative ? histogram : h->bins[i].name, "", SPAN("")));
}

/* Cumulative bins are as Prometheus and gostatsd have them: the last holds everything. */
static void name_bins(const struct timer_statistics *p, struct histogram *h)
{
    if (p->is_cumulative && h->bin_count && h->bins[h->bin_count - 1].limit != HUGE_VAL) {
        h->bins = xreallocarray(h->bins, h->bin_count + 1, sizeof *h->bins);
        h->bins[h->bin_count++] = (struct bin){ HUGE_VAL, SPAN("inf") };
    }
    for (size_t i = 0; i < h->bin_count; i++) {
        struct bin *b = &h->bins[i];
        if (!p->is_cumulative)
            b->name = underscored(statistic_of(TIMER_HISTOGRAM)->name, ".bin_", b->name);
        else
            b->name = joined(SPAN(""), ";le=", b->limit == HUGE_VAL ? SPAN("+Inf") : b->name);
    }
}

/* An idle timer is the same in every histogram: it has only plain statistics. */
static void add_idle_rows(struct timer_statistics *p, const struct histogram *h)
{
    p->idle = xreallocarray(p->idle, h->row_count + 1, sizeof *p->idle);
    for (size_t i = 0; i < h->row_count; i++)
        if (h->rows[i].kind == STATISTIC_PLAIN && !isnan(timer_value(h->rows[i].statistic, &timer_idle, 1, NULL)))
            p->idle[p->idle_count++] = h->rows[i];
}

void timer_statistics_finish(struct timer_statistics *p)
{
    new_histogram(p, (struct span){ "", 0 });
    for (size_t i = 0; i < p->histogram_count; i++) {
        name_bins(p, &p->histograms[i]);
        add_rows(p, &p->histograms[i]);
    }
    add_idle_rows(p, &p->histograms[0]);
}

static bool contains(struct span text, struct span part)
{
    if (!part.length)
        return true;
    for (size_t i = 0; i + part.length <= text.length; i++)
        if (text.text[i] == part.text[0] && memcmp(text.text + i, part.text, part.length) == 0)
            return true;
    return false;
}

const struct histogram *timer_statistics_for(const struct timer_statistics *p, struct span series)
{
    size_t i = 0;
    while (i + 1 < p->histogram_count && !contains(series, p->histograms[i].match))
        i++;
    return &p->histograms[i];
}
