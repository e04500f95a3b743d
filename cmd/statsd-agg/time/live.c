#include "time/live.h"

#include "base/clock.h"

enum { LONGEST_SLEEP = 1000 };

static void open_at(struct live *s, int64_t start)
{
    s->start = start;
    s->end = start + s->interval;
}

void live_begin(struct live *s, int64_t interval, int64_t offset, int64_t wall, int64_t monotonic)
{
    *s = (struct live){ .interval = interval, .offset = offset, .wall = wall, .monotonic = monotonic };
    open_at(s, clock_next_boundary(wall, interval, offset) - interval);
}

void live_resume(struct live *s, int64_t closed)
{
    open_at(s, clock_next_boundary(closed, s->interval, s->offset) - s->interval);
}

/* How far the wall clock was set since the last look; clocks that tick apart make it a little off zero. */
static int64_t was_set_by(const struct live *s, int64_t wall, int64_t monotonic)
{
    return (wall - s->wall) - (monotonic - s->monotonic);
}

static struct closing set_back(struct live *s, int64_t wall, bool can_close)
{
    struct closing c = { can_close, s->start, s->end };
    if (!can_close)
        s->delayed++;
    open_at(s, clock_next_boundary(wall, s->interval, s->offset) - s->interval);
    return c;
}

struct closing live_look(struct live *s, int64_t wall, int64_t monotonic, bool can_close)
{
    int64_t set_by = was_set_by(s, wall, monotonic);
    s->wall = wall;
    s->monotonic = monotonic;
    /* In one step, or in several that are too small each. */
    if (wall < s->start - s->interval || (set_by < -s->interval && wall < s->start))
        return set_back(s, wall, can_close);
    if (wall < s->end)
        return (struct closing){ .due = false };
    int64_t last = clock_next_boundary(wall, s->interval, s->offset) - s->interval;
    if (!can_close) {
        s->delayed += (uint64_t)((last - s->end) / s->interval + 1);
        s->end = last + s->interval;
        return (struct closing){ .due = false };
    }
    struct closing c = { true, s->start, last };
    open_at(s, last);
    return c;
}

int live_timeout(const struct live *s, int64_t wall)
{
    int64_t left = s->end - wall;
    return left < 0 ? 0 : left > LONGEST_SLEEP ? LONGEST_SLEEP : (int)left;
}
