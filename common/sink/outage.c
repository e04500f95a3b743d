#include "sink/outage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/plural.h"

void outage_init(struct outage *o, const struct queue *q)
{
    *o = (struct outage){ .queue = q, .last_exception = clock_wall_ms() / 1000 };
}

static void say_what_waits(struct outage *o, int64_t now, const char *what, const char *where, const char *why)
{
    uint64_t points = queue_points(o->queue);
    o->said = now;
    warn("%s %s: %s: %llu %s", what, where, why, (unsigned long long)points,
         plural(points, "line waits", "lines wait"));
}

void outage_stall(struct outage *o, int64_t since, const char *what, const char *where, const char *why)
{
    if (o->is_on)
        return;
    o->is_on = true;
    o->since = since;
    snprintf(o->where, sizeof o->where, "%s", where);
    say_what_waits(o, since, what, where, why);
}

void outage_note_failure(struct outage *o)
{
    o->last_exception = clock_wall_ms() / 1000;
}

void outage_fail(struct outage *o, int64_t now, const char *what, const char *where, const char *why)
{
    outage_note_failure(o);
    outage_stall(o, now, what, where, why);
}

void outage_fail_again(struct outage *o, int64_t now, const char *what, const char *where, const char *why)
{
    if (o->is_on && now - o->said >= OUTAGE_AGAIN)
        say_what_waits(o, now, what, where, why);
    outage_fail(o, now, what, where, why);
}

void outage_end(struct outage *o, int64_t now, const char *where)
{
    if (!o->is_on)
        return;
    o->is_on = false;
    int64_t tenths = (now - o->since) / 100;
    uint64_t points = queue_points(o->queue);
    const char *returns = strcmp(where, o->where) == 0 ? "is back" : "takes over";
    warn("%s %s after %lld.%llds: %llu %s", where, returns, (long long)(tenths / 10), (long long)(tenths % 10),
         (unsigned long long)points, plural(points, "line follows", "lines follow"));
}
