/* statsd-agg's plan: the rows of a timer as the options want them. */
#include "statistics/timer_statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format/aggregate.h"
#include "tap.h"

/* The names of a series' rows, in a line. */
static const char *names(const struct timer_statistics *p, const char *series)
{
    static char text[2000];
    const struct histogram *h = timer_statistics_for(p, (struct span){ series, strlen(series) });
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < h->row_count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%.*s", i ? " " : "",
                                   (int)h->rows[i].name.length, h->rows[i].name.text);
    return text;
}

static void is_named(const char *percentiles, const char *stats, const char *histogram, const char *expected)
{
    struct span culprit;
    struct timer_statistics *p = timer_statistics_new();
    const char *wrong = timer_statistics_set_percentiles(p, percentiles, &culprit);
    if (!wrong && stats)
        wrong = timer_statistics_select(p, stats, &culprit);
    if (!wrong && histogram)
        wrong = timer_statistics_add_histogram(p, histogram, &culprit);
    timer_statistics_finish(p);
    const char *is = names(p, "api.time");
    if (!tap_ok(!wrong && strcmp(is, expected) == 0, "-p '%s' --stats '%s' --histogram '%s'", percentiles,
                stats ? stats : "(all)", histogram ? histogram : "(none)"))
        tap_note("is %s", is);
    timer_statistics_free(p);
}

static void test_names(void)
{
    is_named("", NULL, NULL, "count count_ps lower upper sum sum_squares mean median std");
    is_named("90", NULL, NULL,
             "count count_ps lower upper sum sum_squares mean median std "
             "count_90 mean_90 upper_90 sum_90 sum_squares_90");
    is_named("99.9,-10", "upper_99_9,lower_top10,upper_top10,count_top10", NULL, "upper_99_9 count_top10 lower_top10");
    is_named("90,90.0,90", "count_percent,count_90_0", NULL, "count_90");
    is_named("90.0,90", "count_percent,count_90_0", NULL, "count_90_0");
    is_named("5,50,99.9,-10", "upper_percent,sum_percent", NULL, "upper_5 sum_5 upper_50 sum_50 sum_top10");
    is_named("5", "sum_squares_percent", NULL, "sum_squares_5");
    is_named("90", "std,mean,count", NULL, "count mean std");
    is_named("90", "", NULL, "");
    is_named("", "histogram", "api=1,2.21,inf", "histogram.bin_1 histogram.bin_2_21 histogram.bin_inf");
    is_named("", "histogram.bin_inf", "=1,2.21,inf", "histogram.bin_inf");
    is_named("", "histogram", "other=1", "");
    is_named("", "histogram", "api=", "");
}

static void test_matching(void)
{
    static const char *const options[] = { "env=prod=1", "api=2,3", "=4" };
    static const struct {
        const char *series, *names;
    } cases[] = {
        { "api;env=prod", "histogram.bin_1" },
        { "api;env=test", "histogram.bin_2 histogram.bin_3" },
        { "my.api", "histogram.bin_2 histogram.bin_3" },
        { "ap", "histogram.bin_4" },
        { "", "histogram.bin_4" },
    };
    struct timer_statistics *p = timer_statistics_new();
    struct span culprit;
    const char *wrong = timer_statistics_select(p, "histogram", &culprit);
    for (size_t i = 0; i < 3 && !wrong; i++)
        wrong = timer_statistics_add_histogram(p, options[i], &culprit);
    timer_statistics_finish(p);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        tap_ok(!wrong && strcmp(names(p, cases[i].series), cases[i].names) == 0, "the first match for '%s'",
               cases[i].series);
    const struct histogram *h = timer_statistics_for(p, SPAN("ap"));
    tap_ok(h->bin_count == 1 && h->bins[0].limit == 4, "its limit is the number");
    timer_statistics_free(p);
}

static void test_refused(void)
{
    static const struct {
        const char *(*set)(struct timer_statistics *, const char *, struct span *);
        const char *text, *culprit;
    } cases[] = {
        { timer_statistics_set_percentiles, "0", "0" },
        { timer_statistics_set_percentiles, "50,-0", "-0" },
        { timer_statistics_set_percentiles, "101", "101" },
        { timer_statistics_set_percentiles, "-100.5", "-100.5" },
        { timer_statistics_set_percentiles, "90,abc", "abc" },
        { timer_statistics_set_percentiles, "1e1", "1e1" },
        { timer_statistics_set_percentiles, "50,", "" },
        { timer_statistics_set_percentiles, ".", "." },
        { timer_statistics_set_percentiles, "9.9.9", "9.9.9" },
        { timer_statistics_add_histogram, "api", "api" },
        { timer_statistics_add_histogram, "api=1,x", "x" },
        { timer_statistics_add_histogram, "api=1,,2", "" },
        { timer_statistics_select, "count,,mean", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct timer_statistics *p = timer_statistics_new();
        struct span culprit = { NULL, 0 };
        const char *wrong = cases[i].set(p, cases[i].text, &culprit);
        tap_ok(wrong && span_is(culprit, cases[i].culprit), "'%s' is refused for '%s'", cases[i].text,
               cases[i].culprit);
        timer_statistics_finish(p);
        timer_statistics_free(p);
    }
}

/* True when the rows hold the statistic, under its own name where it has only one. */
static bool has_row(const struct histogram *h, size_t statistic)
{
    const struct statistic *s = &aggregate_statistics[AGGREGATE_TIMER].rows[statistic];
    for (size_t i = 0; i < h->row_count; i++)
        if (h->rows[i].statistic == statistic && h->rows[i].kind == s->kind)
            return s->kind != STATISTIC_PLAIN || span_equal(h->rows[i].name, s->name);
    return false;
}

/* What can be written can be read, and every statistic in the table can be written. */
static void test_table(bool is_cumulative)
{
    struct timer_statistics *p = timer_statistics_new();
    struct span culprit;
    timer_statistics_set_percentiles(p, "50,99.9,-10,-0.1", &culprit);
    timer_statistics_add_histogram(p, "=1,2.5,inf", &culprit);
    p->is_cumulative = is_cumulative;
    timer_statistics_finish(p);
    const struct histogram *h = timer_statistics_for(p, SPAN("a"));
    int refused = 0, missing = 0;
    for (size_t i = 0; i < h->row_count; i++)
        refused += !aggregate_type_has(AGGREGATE_TIMER, h->rows[i].name);
    for (size_t i = 0; i < aggregate_statistics[AGGREGATE_TIMER].count; i++)
        missing += !has_row(h, i);
    tap_ok(refused == 0, "aggregate_type_has takes every name, bins %s", is_cumulative ? "cumulative" : "apart");
    tap_ok(missing == 0, "and every statistic of the table has a row (%d have none)", missing);
    timer_statistics_free(p);
}

int main(void)
{
    test_table(false);
    test_table(true);
    test_names();
    test_matching();
    test_refused();
    return tap_done();
}
