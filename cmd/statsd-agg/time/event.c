#include "time/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"

void event_init(struct event_intervals *e, int64_t interval, int64_t offset, int64_t lateness, int64_t max_gap)
{
    *e = (struct event_intervals){
        .interval = interval,
        .offset = offset,
        .lateness = lateness,
        .max_gap = max_gap,
        .newest = NEVER,
        .written_end = NEVER,
        .filled_end = NEVER,
    };
}

void event_free(struct event_intervals *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->open[i]);
    free(e->memory);
}

static bool is_due_at(const struct event_intervals *e, int64_t end, int64_t newest)
{
    return e->lateness != LATENESS_ALL && newest != NEVER && end <= newest - e->lateness;
}

static bool is_due(const struct event_intervals *e, int64_t end)
{
    return is_due_at(e, end, e->newest);
}

/* After a restart an interval already closed may not be due by the newest time seen: that time may
 * be lost, or the lateness longer than before. So written_end decides too. */
int64_t event_lateness_missing(const struct event_intervals *e, int64_t time)
{
    int64_t end = clock_next_boundary(time, e->interval, e->offset);
    if (is_due(e, end))
        return e->newest - end + 1 - e->lateness;
    return e->written_end != NEVER && end <= e->written_end ? e->written_end - end + 1 : 0;
}

/* The number of open intervals that start at or before time. */
static size_t count_until(const struct event_intervals *e, int64_t time)
{
    size_t low = 0, high = e->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (e->open[middle]->start <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Makes room for one more interval on either side. The open ones are moved to the middle of a much
 * larger array, so that each is moved only a few times on average. */
static void make_room(struct event_intervals *e)
{
    if (e->memory && e->open > e->memory && e->open + e->count < e->memory + e->capacity)
        return;
    size_t capacity = e->count * 4 + 16, middle = (capacity - e->count) / 2;
    struct interval **memory = xreallocarray(NULL, capacity, sizeof *memory);
    if (e->count)
        memcpy(memory + middle, e->open, e->count * sizeof *memory);
    free(e->memory);
    e->memory = memory;
    e->open = memory + middle;
    e->capacity = capacity;
}

static struct interval *new_interval(struct event_intervals *e, int64_t end)
{
    struct interval *created = interval_new(end - e->interval, end, e->serial + 1);
    e->serial = created->serial;
    return created;
}

/* Inserts a new interval before the open one at place, moving those on the shorter side. */
static struct interval *insert(struct event_intervals *e, size_t place, int64_t end)
{
    make_room(e);
    if (place < e->count - place) {
        e->open--;
        memmove(e->open, e->open + 1, place * sizeof *e->open);
    } else {
        memmove(e->open + place + 1, e->open + place, (e->count - place) * sizeof *e->open);
    }
    e->count++;
    return e->open[place] = new_interval(e, end);
}

struct interval *event_interval(struct event_intervals *e, int64_t time)
{
    if (time > e->newest && !e->by_clock)
        e->newest = time;
    if (e->last && time >= e->last->start && time < e->last->end)
        return e->last;
    size_t place = count_until(e, time);
    if (place && time < e->open[place - 1]->end)
        return e->last = e->open[place - 1];
    return e->last = insert(e, place, clock_next_boundary(time, e->interval, e->offset));
}

void event_clock(struct event_intervals *e, int64_t time)
{
    if (time <= e->newest)
        return;
    e->newest = time;
    if (clock_next_boundary(time, e->interval, e->offset) > e->written_end)
        event_interval(e, time);
}

static struct interval *take_empty(struct event_intervals *e)
{
    e->written_end += e->interval;
    return new_interval(e, e->written_end);
}

static struct interval *take_first(struct event_intervals *e)
{
    struct interval *first = *e->open++;
    e->count--;
    e->written_end = e->filled_end = first->end;
    if (e->last == first)
        e->last = NULL;
    return first;
}

/* True when an empty interval closes next. The length of an empty stretch is known by the next
 * interval with records. While that one is open, a record may fall into the stretch and shorten it:
 * a stretch that is short enough stays so, and one that is too long waits. */
static bool is_next_empty(const struct event_intervals *e)
{
    const struct interval *first = e->open[0];
    return e->written_end != NEVER && e->written_end < first->start && first->start - e->filled_end <= e->max_gap;
}

static int64_t next_end(const struct event_intervals *e)
{
    return is_next_empty(e) ? e->written_end + e->interval : e->open[0]->end;
}

bool event_would_close(const struct event_intervals *e, int64_t time)
{
    return !e->by_clock && time > e->newest && e->count && is_due_at(e, next_end(e), time);
}

struct interval *event_close_next(struct event_intervals *e, bool all)
{
    if (!e->count || !(all || is_due(e, next_end(e))))
        return NULL;
    return is_next_empty(e) ? take_empty(e) : take_first(e);
}
