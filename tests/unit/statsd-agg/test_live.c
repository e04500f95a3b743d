/* statsd-agg's live intervals: ten thousand flushes by clocks that are set back, set forward,
 * stopped and resumed. */
#include "time/live.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tap.h"

/* The two clocks of a machine, in ms. */
struct clocks {
    int64_t wall, monotonic;
};

/* What a simulation has seen that it must not. */
struct findings {
    int early, late, unaligned, torn, wrong_stamp, overslept;
    int closed, delayed;
};

static bool is_boundary(const struct live_interval *s, int64_t time)
{
    return clock_next_boundary(time - 1, s->interval, s->offset) == time;
}

/* Time passes as it does in a poll that is told to sleep so long: a little more, now and then much
 * more. */
static void sleep_for(struct clocks *c, int64_t ms)
{
    int64_t slept = ms + (rand() % 20 ? rand() % 3 : rand() % 300);
    c->wall += slept;
    c->monotonic += slept;
}

/* A look at ordinary clocks: at the boundary and not before, one interval, which goes on where the
 * last one ended. */
static void check_ordinary(const struct live_interval *s, const struct closing *c, int64_t wall, int64_t planned_start,
                           int64_t planned_end, struct findings *f)
{
    f->early += c->due && wall < planned_end;
    f->late += !c->due && wall >= planned_end;
    if (!c->due)
        return;
    f->torn += c->start != planned_start || s->start != c->end;
    f->unaligned += !is_boundary(s, c->start) || !is_boundary(s, c->end);
    /* Of the boundaries that have passed it is the last. */
    f->wrong_stamp += c->end > wall || c->end + s->interval <= wall || (c->end - c->start) % s->interval != 0;
}

/* A look after the clock was set back by more than an interval: the open one closes with the stamp
 * it was to have. */
static void check_set_back(const struct live_interval *s, const struct closing *c, int64_t wall, int64_t planned_start,
                           int64_t planned_end, struct findings *f)
{
    f->late += !c->due;
    f->wrong_stamp += c->start != planned_start || c->end != planned_end;
    f->torn += s->start > wall || s->end <= wall;
    f->unaligned += !is_boundary(s, s->start) || s->end - s->start != s->interval;
}

static struct findings simulate(int64_t interval, int64_t offset, int64_t start, int flushes, unsigned seed)
{
    struct findings f = { 0 };
    struct clocks now = { start, 777 };
    struct live_interval s;
    srand(seed);
    live_begin(&s, interval, offset, now.wall, now.monotonic);
    while (f.closed < flushes) {
        int timeout = live_timeout(&s, now.wall);
        f.overslept += timeout > 1000 || timeout < 0;
        sleep_for(&now, timeout);
        int64_t planned_start = s.start, planned_end = s.end, set_by = 0;
        switch (rand() % 40) {
        case 0: now.wall += set_by = rand() % (20 * interval); break;
        case 1: /* stopped and resumed: both clocks go on, or the one that measures stands still as well */
            now.wall += 5 * interval + rand() % 1000;
            now.monotonic += rand() % 2 ? 5 * interval : 0;
            break;
        case 2: /* set back, far behind the open interval */
            set_by = -(now.wall - planned_start) - interval - 1 - rand() % (20 * interval);
            now.wall += set_by;
            break;
        default: break;
        }
        struct closing c = live_look(&s, now.wall, now.monotonic, true);
        if (set_by < 0)
            check_set_back(&s, &c, now.wall, planned_start, planned_end, &f);
        else
            check_ordinary(&s, &c, now.wall, planned_start, planned_end, &f);
        f.closed += c.due;
    }
    return f;
}

static void test_simulated(void)
{
    static const struct {
        int64_t interval, offset, start;
    } cases[] = {
        { 10000, 0, 1700000000123 }, { 1000, 0, 1700000000000 },     { 250, 100, 4102444800000 },
        { 1, 0, 1700000000123 },     { 7000, 2500, -1700000000123 }, { 3600000, 0, 1700000000123 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct findings f = simulate(cases[i].interval, cases[i].offset, cases[i].start, 10000, (unsigned)i);
        int wrong = f.early + f.late + f.unaligned + f.torn + f.wrong_stamp + f.overslept;
        if (!tap_ok(!wrong, "10,000 flushes of %" PRId64 " ms, offset %" PRId64, cases[i].interval, cases[i].offset))
            tap_note("early %d, late %d, unaligned %d, torn %d, wrong stamp %d, overslept %d", f.early, f.late,
                     f.unaligned, f.torn, f.wrong_stamp, f.overslept);
    }
}

/* By clocks that only go on, wake-ups that are up to a tenth late add up to nothing. */
static void test_no_drift(void)
{
    struct clocks now = { 1700000000123, 0 };
    struct live_interval s;
    int64_t last = 1700000000000;
    int wrong = 0;
    live_begin(&s, 1000, 0, now.wall, now.monotonic);
    for (int closed = 0; closed < 10000;) {
        int64_t slept = live_timeout(&s, now.wall) + rand() % 100;
        now.wall += slept;
        now.monotonic += slept;
        struct closing c = live_look(&s, now.wall, now.monotonic, true);
        if (!c.due)
            continue;
        wrong += c.start != last || c.end != last + 1000;
        last = c.end;
        closed++;
    }
    tap_ok(wrong == 0 && last == 1700000000000 + 10000 * 1000, "a late wake-up is not passed on");
}

static struct live_interval begun(int64_t wall)
{
    struct live_interval s;
    live_begin(&s, 10000, 0, wall, 500);
    return s;
}

static void test_one_by_one(void)
{
    struct live_interval s = begun(123456);
    tap_ok(s.start == 120000 && s.end == 130000, "begins in the aligned interval that holds the time");
    s = begun(130000);
    tap_ok(s.start == 130000 && s.end == 140000, "a boundary belongs to the interval it begins");
    struct closing c = live_look(&s, 139999, 10499, true);
    tap_ok(!c.due, "nothing is due a millisecond before the boundary");
    c = live_look(&s, 140000, 10500, true);
    tap_ok(c.due && c.start == 130000 && c.end == 140000, "at the boundary it is");
    c = live_look(&s, 175000, 45500, true);
    tap_ok(c.due && c.start == 140000 && c.end == 170000 && s.start == 170000 && s.end == 180000,
           "three boundaries passed close one interval, stamped with the last");
    s = begun(131000);
    c = live_look(&s, 3600131000, 501, true);
    tap_ok(c.due && c.start == 130000 && c.end == 3600130000 && s.end == 3600140000, "set forward: the same");
}

static void test_set_back(void)
{
    struct live_interval s = begun(131000);
    struct closing c = live_look(&s, 121001, 501, true);
    tap_ok(!c.due && s.start == 130000 && s.end == 140000, "set back by an interval and no more: it waits");
    c = live_look(&s, 140000, 19500, true);
    tap_ok(c.due && c.start == 130000 && c.end == 140000, "and ends at its boundary");
    s = begun(131000);
    c = live_look(&s, 120999, 501, true);
    tap_ok(c.due && c.start == 130000 && c.end == 140000 && s.start == 120000 && s.end == 130000,
           "set back by more than an interval: it closes with the stamp it was to have, and boundaries are recomputed");
    s = begun(131000);
    int closed = 0;
    for (int64_t i = 1; i <= 5; i++)
        closed += live_look(&s, 131000 - i * 9000, 500 + i, true).due;
    tap_ok(closed > 0 && s.start <= 131000 - 45000 + 20000, "set back in small steps: it does not stay open for ever");
}

static void test_delayed(void)
{
    struct live_interval s = begun(131000);
    struct closing c = live_look(&s, 141000, 10500, false);
    tap_ok(!c.due && c.delayed == 1 && s.start == 130000 && s.end == 150000,
           "a boundary that cannot be served is passed by and counted");
    c = live_look(&s, 141001, 10501, true);
    tap_ok(!c.due && c.delayed == 0, "the interval then runs on to the next");
    c = live_look(&s, 175000, 44500, false);
    tap_ok(!c.due && c.delayed == 3 && s.end == 180000, "each one passed by is counted");
    c = live_look(&s, 180000, 49500, true);
    tap_ok(c.due && c.start == 130000 && c.end == 180000, "and it closes over all the time it stands for");
}

static void test_timeout(void)
{
    struct live_interval s = begun(131000);
    tap_ok(live_timeout(&s, 131000) == 1000, "sleeps a second at most");
    tap_ok(live_timeout(&s, 139900) == 100, "or until the boundary");
    tap_ok(live_timeout(&s, 140000) == 0 && live_timeout(&s, 990000) == 0, "or not at all");
    tap_ok(live_timeout(&s, INT64_MIN / 2) == 1000, "whatever the clock says");
}

int main(void)
{
    test_simulated();
    test_no_drift();
    test_one_by_one();
    test_set_back();
    test_delayed();
    test_timeout();
    return tap_done();
}
