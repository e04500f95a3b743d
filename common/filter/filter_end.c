/* The end of a filter's run. */
#include <stdio.h>

#include "filter/filter.h"
#include "filter/signals.h"

/* The end is early: what has come in and not gone out. */
static void report_left(struct filter *f)
{
    char lines[64] = "", left[FILTER_LEFT_MAX] = "";
    const struct out *o = &f->out;
    if (o->lost_bytes)
        snprintf(lines, sizeof lines, "%llu lines (%llu bytes)", (unsigned long long)o->lost_lines,
                 (unsigned long long)o->lost_bytes);
    if (f->calls->left)
        f->calls->left(f->self, left);
    bool has_any = *lines || *left;
    say("ended by a second signal%s%s%s%s%s", has_any ? ": " : "", lines, *lines && *left ? " and " : "", left,
        has_any ? " not written" : "");
}

/* A signal may have come where only out.h has seen it. */
static void note_early(struct filter *f)
{
    f->is_early |= signals_deadline() == SIGNALS_AT_ONCE;
}

static void finish_out(struct filter *f)
{
    struct out *o = &f->out;
    out_close(o);
    note_early(f);
    f->failed |= o->error != 0;
    if (!o->lost_bytes || o->error || f->is_early)
        return;
    say("stdout: its reader stands still: %llu lines (%llu bytes) not written", (unsigned long long)o->lost_lines,
        (unsigned long long)o->lost_bytes);
    f->failed = true;
}

void filter_end(struct filter *f)
{
    note_early(f);
    void (*end)(void *) = filter_has_failed_out(f) ? f->calls->fail : f->calls->end;
    if (end && !f->is_early)
        end(f->self);
    if (f->has_out)
        finish_out(f);
    note_early(f);
    f->failed |= !side_close(&f->side, f->is_early) || f->is_early;
    if (f->is_early)
        report_left(f);
    else if (f->calls->summarise && !filter_has_failed_out(f))
        f->calls->summarise(f->self);
    shortage_summary(&f->shortages);
    die_say_lost();
}
