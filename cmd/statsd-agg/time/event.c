#include "time/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"

void event_init(struct event *w, int64_t interval, int64_t offset, int64_t lateness, int64_t max_gap)
{
    *w = (struct event){
        .interval = interval,
        .offset = offset,
        .lateness = lateness,
        .max_gap = max_gap,
        .newest = NEVER,
        .written_end = NEVER,
        .filled_end = NEVER,
    };
}

void event_free(struct event *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->open[i]);
    free(w->memory);
}

static bool is_due_at(const struct event *w, int64_t end, int64_t newest)
{
    return w->lateness != LATENESS_ALL && newest != NEVER && end <= newest - w->lateness;
}

static bool is_due(const struct event *w, int64_t end)
{
    return is_due_at(w, end, w->newest);
}

/* An interval that has been handed out may not be due by the newest time seen after a restart: that one may be lost, or the
 * lateness longer than it was. */
int64_t event_lateness_missing(const struct event *w, int64_t time)
{
    int64_t end = clock_next_boundary(time, w->interval, w->offset);
    if (is_due(w, end))
        return w->newest - end + 1 - w->lateness;
    return w->written_end != NEVER && end <= w->written_end ? w->written_end - end + 1 : 0;
}

/* How many open intervals start at or before time. */
static size_t count_until(const struct event *w, int64_t time)
{
    size_t low = 0, high = w->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->open[middle]->start <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Room for one more on either side of the open ones. They go back to the middle of a memory that is much larger, so that in
 * the long run each is moved a few times and no more. */
static void make_room(struct event *w)
{
    if (w->memory && w->open > w->memory && w->open + w->count < w->memory + w->capacity)
        return;
    size_t capacity = w->count * 4 + 16, middle = (capacity - w->count) / 2;
    struct interval **memory = xreallocarray(NULL, capacity, sizeof *memory);
    if (w->count)
        memcpy(memory + middle, w->open, w->count * sizeof *memory);
    free(w->memory);
    w->memory = memory;
    w->open = memory + middle;
    w->capacity = capacity;
}

static struct interval *new_interval(struct event *w, int64_t end)
{
    struct interval *v = interval_new(end - w->interval, end, w->serial + 1);
    w->serial = v->serial;
    return v;
}

/* A new interval before the open one at place; what is on the shorter side of it moves. */
static struct interval *insert(struct event *w, size_t place, int64_t end)
{
    make_room(w);
    if (place < w->count - place) {
        w->open--;
        memmove(w->open, w->open + 1, place * sizeof *w->open);
    } else {
        memmove(w->open + place + 1, w->open + place, (w->count - place) * sizeof *w->open);
    }
    w->count++;
    return w->open[place] = new_interval(w, end);
}

struct interval *event_get(struct event *w, int64_t time)
{
    if (time > w->newest)
        w->newest = time;
    if (w->last && time >= w->last->start && time < w->last->end)
        return w->last;
    size_t place = count_until(w, time);
    if (place && time < w->open[place - 1]->end)
        return w->last = w->open[place - 1];
    return w->last = insert(w, place, clock_next_boundary(time, w->interval, w->offset));
}

static struct interval *take_empty(struct event *w)
{
    w->written_end += w->interval;
    return new_interval(w, w->written_end);
}

static struct interval *take_first(struct event *w)
{
    struct interval *first = *w->open++;
    w->count--;
    w->written_end = w->filled_end = first->end;
    if (w->last == first)
        w->last = NULL;
    return first;
}

/* A stretch of empty intervals is judged by the next one that has records. As long as that one is open a record may yet
 * fall into the stretch and shorten it: one that is short enough already stays so, for one that is too long we wait. */
static bool is_next_empty(const struct event *w)
{
    const struct interval *first = w->open[0];
    return w->written_end != NEVER && w->written_end < first->start && first->start - w->filled_end <= w->max_gap;
}

static int64_t next_end(const struct event *w)
{
    return is_next_empty(w) ? w->written_end + w->interval : w->open[0]->end;
}

bool event_would_close(const struct event *w, int64_t time)
{
    return time > w->newest && w->count && is_due_at(w, next_end(w), time);
}

struct interval *event_take(struct event *w, bool all)
{
    if (!w->count || !(all || is_due(w, next_end(w))))
        return NULL;
    return is_next_empty(w) ? take_empty(w) : take_first(w);
}
