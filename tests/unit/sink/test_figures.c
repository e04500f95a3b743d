#include "sink/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

/* Figures as text: `name=value `. */
static const char *tell(struct figures *f, const struct queue *q, const struct outage *o, const char *prefix,
                        struct queue_told **told)
{
    static char text[1024];
    struct figure_values v;
    size_t length = 0;
    struct queue_told *given = figures_tell(f, q, o, prefix, &v);
    for (size_t i = 0; i < v.count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%.*s=%.*s ", (int)v.values[i].statistic.length,
                                   v.values[i].statistic.text, (int)v.values[i].value.length, v.values[i].value.text);
    if (told)
        *told = given;
    else
        free(given);
    return text;
}

static void test_all(void)
{
    struct figures f;
    const struct outage o = { .last_exception = 9, .reconnects = 2 };
    struct queue q = { .counts = {
                           .added = 31, .delivered = 20, .unconfirmed = 3, .refused = 4, .dropped = 5, .resent = 6 } };
    figures_init(&f, 7);
    tap_ok(strcmp(tell(&f, &q, &o, "a.", NULL),
                  "a.last_exception=9 a.last_flush=7 a.flush_time=0 a.flush_length=0 a.lines_waiting=2 a.lines_sent=20 "
                  "a.lines_resent=6 a.lines_refused=4 a.lines_dropped=5 a.lines_unconfirmed=3 a.reconnects=2 ") == 0,
           "names come after the prefix");
    f.bad_lines = 2;
    f.refused_here = 1;
    q.counts.delivered += 2;
    tap_ok(
        strcmp(tell(&f, &q, &o, "", NULL),
               "last_exception=9 last_flush=7 flush_time=0 flush_length=0 lines_waiting=0 lines_sent=2 lines_resent=0 "
               "lines_refused=1 lines_dropped=0 lines_unconfirmed=0 reconnects=0 bad_lines=2 ") == 0,
        "what counts is told once, some of it only if there is any");
}

static void test_given_back(void)
{
    struct figures f;
    const struct outage o = { .last_exception = 9 };
    struct queue q = { .counts = { .dropped = 5 } };
    struct queue_told *told;
    figures_init(&f, 7);
    tell(&f, &q, &o, "", &told);
    q.counts.dropped += 3;
    figures_give_back(&f, told);
    tap_ok(strstr(tell(&f, &q, &o, "", NULL), "lines_dropped=8 "), "what a dropped interval has told is told again");
    free(told);
}

static void test_flushes(void)
{
    struct figures f;
    const struct queue_interval i = { .ended = 1000, .bytes = 10 };
    figures_init(&f, 7);
    int64_t before = clock_wall_ms() / 1000;
    figures_done(&f, &i, 1250);
    tap_ok(f.flush_time == 250 && f.flush_length == 10, "a flush lasts from the interval's end until it is done");
    tap_ok(f.last_flush >= before && f.last_flush <= clock_wall_ms() / 1000, "it has ended now");
}

int main(void)
{
    test_all();
    test_given_back();
    test_flushes();
    return tap_done();
}
