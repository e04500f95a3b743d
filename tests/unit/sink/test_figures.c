#include "sink/figures.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

/* Figures as text: `name=value `. */
struct told {
    char text[512];
    size_t length;
};

static void put(void *self, struct span name, struct span value)
{
    struct told *t = self;
    t->length += (size_t)snprintf(t->text + t->length, sizeof t->text - t->length, "%.*s=%.*s ", (int)name.length,
                                  name.text, (int)value.length, value.text);
}

static const char *tell(struct figures *f, const char *prefix)
{
    static struct told t;
    t.length = 0;
    figures_tell(f, prefix, put, &t);
    return t.text;
}

static void add_line(struct queue *q)
{
    memcpy(queue_room(q, 5), "line\n", 5);
    queue_added(q, 5);
    queue_commit(q);
}

static void test_flushes(void)
{
    struct figures f;
    struct queue q;
    queue_init(&q, 1 << 16);
    figures_init(&f, 1700000000);
    tap_ok(strcmp(tell(&f, ""), "last_exception=1700000000 last_flush=1700000000 flush_time=0 flush_length=0 ") == 0,
           "at first: %s", tell(&f, ""));
    add_line(&q);
    figures_end(&f, &q, 1000);
    tap_ok(f.last_flush == 1700000000, "an end without a beginning says nothing");
    figures_begin(&f, &q, 1000);
    queue_sent(&q, 5, 0);
    add_line(&q);
    figures_begin(&f, &q, 1100);
    queue_sent(&q, 5, 0);
    int64_t before = clock_wall_ms() / 1000;
    figures_end(&f, &q, 1250);
    tap_ok(f.flush_time == 250 && f.flush_length == 10, "a second beginning does not move the first");
    tap_ok(f.last_flush >= before && f.last_flush <= clock_wall_ms() / 1000, "the flush has ended now");
    f.flushing = false;
    queue_free(&q);
}

static void test_prefix(void)
{
    struct figures f;
    figures_init(&f, 7);
    f.last_exception = 9;
    f.lines_dropped = 3;
    f.bad_lines = 4;
    tap_ok(strcmp(tell(&f, "a."), "a.last_exception=9 a.last_flush=7 a.flush_time=0 a.flush_length=0 a.lines_dropped=3 "
                                  "a.bad_lines=4 ") == 0,
           "names come after the prefix, and what was lost is told");
    tap_ok(!strstr(tell(&f, "a."), "lines"), "once");
    f.bad_lines = 1;
    tap_ok(strstr(tell(&f, "a."), "a.bad_lines=1 ") && !strstr(tell(&f, "a."), "dropped"), "each on its own");
}

int main(void)
{
    test_flushes();
    test_prefix();
    return tap_done();
}
