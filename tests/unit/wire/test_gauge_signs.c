/* gauge_signs: which gauges are reported, when, and how often. */
#include "wire/gauge_signs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct span name_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* Sends negative deltas; returns how many of them led to a report. */
static unsigned send_deltas(struct gauge_signs *g, const char *name, unsigned count)
{
    unsigned reports = 0;
    for (unsigned i = 0; i < count; i++)
        reports += gauge_signs_delta(g, name_of(name), true);
    return reports;
}

static void test_one(void)
{
    struct gauge_signs *g = gauge_signs_new();
    tap_ok(send_deltas(g, "a", GAUGE_SIGNS_MANY - 1) == 0, "not before the hundredth");
    tap_ok(gauge_signs_delta(g, SPAN("a"), true), "at the hundredth");
    tap_ok(send_deltas(g, "a", 1000) == 0, "once only");
    free(g);
}

static void test_settled(void)
{
    struct gauge_signs *g = gauge_signs_new();
    gauge_signs_settle(g, SPAN("before"));
    tap_ok(send_deltas(g, "before", 500) == 0, "a gauge set before its deltas is not reported");
    send_deltas(g, "between", 50);
    gauge_signs_settle(g, SPAN("between"));
    tap_ok(send_deltas(g, "between", 500) == 0, "nor one set between them");
    send_deltas(g, "plus", 99);
    tap_ok(!gauge_signs_delta(g, SPAN("plus"), false), "nor at a delta with a plus");
    tap_ok(send_deltas(g, "plus", 500) == 0, "nor after it");
    tap_ok(send_deltas(g, "other", 100) == 1, "another gauge is");
    free(g);
}

static void test_many(void)
{
    struct gauge_signs *g = gauge_signs_new();
    unsigned reports = 0;
    char name[32];
    for (unsigned round = 0; round < 200; round++)
        for (unsigned i = 0; i < 20000; i++) {
            sprintf(name, "rack.%u.temperature", i);
            reports += gauge_signs_delta(g, name_of(name), true);
        }
    tap_ok(reports == GAUGE_SIGNS_REPORTS, "of twenty thousand gauges in turn, %u are reported", reports);
    free(g);
}

/* Names that come once hold the entries only for a while. */
static void test_churn(void)
{
    struct gauge_signs *g = gauge_signs_new();
    char name[32];
    for (unsigned i = 0; i < 100000; i++) {
        sprintf(name, "once.%u", i);
        gauge_signs_delta(g, name_of(name), true);
    }
    tap_ok(send_deltas(g, "steady", UINT16_MAX + GAUGE_SIGNS_MANY) == 1, "a steady gauge gets its entry");
    free(g);
}

static void test_no_false_reports(void)
{
    struct gauge_signs *g = gauge_signs_new();
    unsigned reports = 0;
    char name[32];
    for (unsigned i = 0; i < 50000; i++) {
        sprintf(name, "gauge.%u", i);
        gauge_signs_settle(g, name_of(name));
        reports += send_deltas(g, name, 101);
    }
    tap_ok(reports == 0, "of fifty thousand gauges that are set, none is reported");
    free(g);
}

int main(void)
{
    test_one();
    test_settled();
    test_many();
    test_churn();
    test_no_false_reports();
    return tap_done();
}
