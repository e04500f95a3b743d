#include "time/live.h"

#include "base/clock.h"

enum { LONGEST_SLEEP = 1000 };

static void open_at(struct live_interval *live, int64_t start)
{
    live->start = start;
    live->end = start + live->interval;
}

void live_begin(struct live_interval *live, int64_t interval, int64_t offset, int64_t wall, int64_t monotonic)
{
    *live = (struct live_interval){ .interval = interval, .offset = offset, .wall = wall, .monotonic = monotonic };
    open_at(live, clock_next_boundary(wall, interval, offset) - interval);
}

void live_resume(struct live_interval *live, int64_t closed)
{
    open_at(live, clock_next_boundary(closed, live->interval, live->offset) - live->interval);
}

/* How far the wall clock was set since the last look. Not exactly 0 otherwise: the two clocks may
 * run at slightly different rates. */
static int64_t was_set_by(const struct live_interval *live, int64_t wall, int64_t monotonic)
{
    return (wall - live->wall) - (monotonic - live->monotonic);
}

static struct closing set_back(struct live_interval *live, int64_t wall, bool can_close)
{
    struct closing c = { can_close, live->start, live->end, !can_close };
    open_at(live, clock_next_boundary(wall, live->interval, live->offset) - live->interval);
    return c;
}

struct closing live_look(struct live_interval *live, int64_t wall, int64_t monotonic, bool can_close)
{
    int64_t set_by = was_set_by(live, wall, monotonic);
    live->wall = wall;
    live->monotonic = monotonic;
    /* Set back in one step, or in several small ones. */
    if (wall < live->start - live->interval || (set_by < -live->interval && wall < live->start))
        return set_back(live, wall, can_close);
    if (wall < live->end)
        return (struct closing){ .due = false };
    int64_t last = clock_next_boundary(wall, live->interval, live->offset) - live->interval;
    if (!can_close) {
        uint64_t delayed = (uint64_t)((last - live->end) / live->interval + 1);
        live->end = last + live->interval;
        return (struct closing){ .delayed = delayed };
    }
    struct closing c = { true, live->start, last, 0 };
    open_at(live, last);
    return c;
}

int live_timeout(const struct live_interval *live, int64_t wall)
{
    int64_t left = live->end - wall;
    return left < 0 ? 0 : left > LONGEST_SLEEP ? LONGEST_SLEEP : (int)left;
}
