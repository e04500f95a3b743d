/* timer: the rows of a timer; totals: a state file is read as it was written. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "timer.h"
#include "totals.h"

/* Reads `statistic=value` words as a point of a series. */
static void read_words(struct timer *t, const char *words)
{
    static struct point_value values[32];
    struct point p = { .series = SPAN("t"), .type = AGGREGATE_TIMER, .values = values };
    while (*words) {
        size_t name = strcspn(words, "="), value = strcspn(words + name + 1, " ");
        values[p.count++] = (struct point_value){ { words, name }, { words + name + 1, value } };
        words += name + 1 + value;
        words += *words == ' ';
    }
    timer_read(t, &p);
}

static void test_sum(void)
{
    struct timer t = { 0 };
    read_words(&t, "count=20 sum=640 mean=320");
    tap_ok(t.has_count && t.has_mean && t.sum == 6400, "a scaled count: the sum is mean × count");
    read_words(&t, "count=3 sum=0.7000000000000001 mean=0.23333333333333336");
    tap_ok(t.sum == 0.7000000000000001, "another: the very sum of the row");
    read_words(&t, "count=2 mean=1.5");
    tap_ok(t.sum == 3, "no sum is needed");
    read_words(&t, "count=0 count_ps=0");
    tap_ok(t.has_count && !t.has_mean && t.count == 0, "an idle one");
    timer_free(&t);
}

static void test_quantiles(void)
{
    static const double expected[] = { 0.05, 0.5, 0.9, 0.999, 1 };
    struct timer t = { 0 };
    bool good = true;
    read_words(&t, "upper=9 upper_99_9=8 upper_90=7 upper_100=6 upper_5=1 upper_50=2 upper_90_0=3 lower_top10=4");
    for (size_t i = 0; i < t.quantiles.count; i++)
        good &= i < 5 && t.quantiles.list[i].at == expected[i];
    tap_ok(good && t.quantiles.count == 5, "quantiles ascend, and each is there once");
    tap_ok(t.quantiles.list[4].value == 9 && t.quantiles.list[2].value == 7, "the first of two counts");
    timer_free(&t);
}

static void test_bins(void)
{
    struct timer t = { 0 };
    read_words(&t, "count=20 mean=1");
    tap_ok(timer_add_bin(&t, SPAN("10"), 1) && timer_add_bin(&t, SPAN("+Inf"), 2), "bins are added");
    tap_ok(!timer_add_bin(&t, SPAN("x"), 2), "a limit must be a number");
    timer_finish(&t);
    tap_ok(t.bins.count == 2 && t.bins.list[0].value == 10 && t.bins.list[1].value == 20, "they are scaled");
    read_words(&t, "count=20 mean=1");
    timer_add_bin(&t, SPAN("10"), 1);
    timer_finish(&t);
    tap_ok(t.bins.count == 2 && isinf(t.bins.list[1].at) && t.bins.list[1].value == 20, "+Inf is added");
    timer_free(&t);
}

struct state {
    struct registry registry;
    struct refusals refusals;
    struct intake intake;
    const char *where;
};

static void state_init(struct state *s)
{
    static const char *const no_patterns[] = { NULL };
    static const struct registry_options options = { .max_series = 100, .ttl = 1000, .seconds = no_patterns };
    *s = (struct state){ .where = "state" };
    registry_init(&s->registry, &options);
    intake_init(&s->intake, &s->registry, &s->refusals, &s->where);
}

static void state_free(struct state *s)
{
    intake_free(&s->intake);
    registry_free(&s->registry);
}

static void test_totals(void)
{
    const struct span text = SPAN("a;k=v\tc\tcount\t0.1\t1700000010\n"
                                  "b\\t\tms\tcount\t3\t1700000011.500\n"
                                  "b\\t\tms\tsum\t-1e+300\t1700000011.500\n"
                                  "h\tms\tcount\t3\t1700000020\n"
                                  "h\tms\tsum\t0\t1700000020\n"
                                  "h;le=0.25\tms\thistogram\t1\t1700000020\n"
                                  "h;le=+Inf\tms\thistogram\t3\t1700000020\n"
                                  "statsd\town\tnumStats\t3\t1700000020\n");
    struct rows_refusal refused;
    uint64_t number;
    struct state s;
    struct text again = { 0 };
    state_init(&s);
    tap_ok(totals_read(&s.intake, text, &number, &refused), "a state is read");
    totals_write(&again, &s.registry);
    tap_ok(span_equal(text, text_span(&again)), "and written as it was");
    free(again.bytes);
    state_free(&s);
    state_init(&s);
    tap_ok(!totals_read(&s.intake, (struct span){ text.text, text.length - 1 }, &number, &refused) && number == 8,
           "its last line must be whole");
    state_free(&s);
    state_init(&s);
    tap_ok(!totals_read(&s.intake, (struct span){ text.text, 29 }, &number, &refused) && number == 0,
           "and it must have an end");
    tap_ok(!totals_read(&s.intake, SPAN(""), &number, &refused) && number == 0, "an empty one has none");
    state_free(&s);
}

int main(void)
{
    die_init("test_timer");
    test_sum();
    test_quantiles();
    test_bins();
    test_totals();
    return tap_done();
}
