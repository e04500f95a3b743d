#include "statistics/timer_statistics.h"

#include <math.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/number.h"
#include "base/xalloc.h"

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
    free(p->selected);
    free(p);
}

/* prefix and text in memory of its own. */
static struct span joined(const char *prefix, struct span text)
{
    size_t before = strlen(prefix);
    char *name = xmalloc(before + text.length + 1);
    memcpy(name, prefix, before);
    memcpy(name + before, text.text, text.length);
    name[before + text.length] = '\0';
    return (struct span){ name, before + text.length };
}

/* The same, with every `.` of text as `_`. */
static struct span underscored(const char *prefix, struct span text)
{
    struct span name = joined(prefix, text);
    for (char *p = (char *)name.text + strlen(prefix); *p; p++)
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
            (struct percentile){ value, underscored(value < 0 ? "top" : "", digits) };
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

bool timer_statistics_wants(const struct timer_statistics *p, struct span name)
{
    if (!p->selected)
        return true;
    bool is_bin = name.length > 10 && memcmp(name.text, "histogram.", 10) == 0;
    for (size_t i = 0; i < p->selected_count; i++)
        if (span_equal(p->selected[i], name) || stands_for(p->selected[i], name) ||
            (is_bin && span_is(p->selected[i], "histogram")))
            return true;
    return false;
}

static void add_row(const struct timer_statistics *p, struct histogram *h, enum statistic statistic, size_t index,
                    struct span name)
{
    if (!timer_statistics_wants(p, name)) {
        free((char *)name.text);
        return;
    }
    h->rows = xreallocarray(h->rows, h->row_count + 1, sizeof *h->rows);
    h->rows[h->row_count++] = (struct timer_row){ statistic, index, name };
}

static void add_percentile_rows(const struct timer_statistics *p, struct histogram *h, size_t index)
{
    const struct percentile *q = &p->percentiles[index];
    const struct {
        enum statistic statistic;
        const char *prefix;
    } rows[] = {
        { STAT_COUNT_P, "count_" },
        { STAT_MEAN_P, "mean_" },
        { STAT_BOUND_P, q->value < 0 ? "lower_" : "upper_" },
        { STAT_SUM_P, "sum_" },
        { STAT_SUM_SQUARES_P, "sum_squares_" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add_row(p, h, rows[i].statistic, index, joined(rows[i].prefix, q->name));
}

static void add_rows(const struct timer_statistics *p, struct histogram *h)
{
    static const struct {
        enum statistic statistic;
        const char *name;
    } always[] = {
        { STAT_COUNT, "count" }, { STAT_COUNT_PS, "count_ps" }, { STAT_LOWER, "lower" },
        { STAT_UPPER, "upper" }, { STAT_SUM, "sum" },           { STAT_SUM_SQUARES, "sum_squares" },
        { STAT_MEAN, "mean" },   { STAT_MEDIAN, "median" },     { STAT_STD, "std" },
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        add_row(p, h, always[i].statistic, 0, joined(always[i].name, (struct span){ "", 0 }));
    for (size_t i = 0; i < p->percentile_count; i++)
        add_percentile_rows(p, h, i);
    for (size_t i = 0; i < h->bin_count; i++)
        add_row(p, h, STAT_BIN, i, joined("", p->is_cumulative ? SPAN("histogram") : h->bins[i].name));
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
            b->name = underscored("histogram.bin_", b->name);
        else
            b->name = joined(";le=", b->limit == HUGE_VAL ? SPAN("+Inf") : b->name);
    }
}

void timer_statistics_finish(struct timer_statistics *p)
{
    new_histogram(p, (struct span){ "", 0 });
    for (size_t i = 0; i < p->histogram_count; i++) {
        name_bins(p, &p->histograms[i]);
        add_rows(p, &p->histograms[i]);
    }
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
