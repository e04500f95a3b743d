#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "filter/opt.h"

enum { CHUNK = 1 << 18, LOST_INTERVAL = 10000 /* ms between two reports of what sinks have lost */ };

static void deliver(struct run *r, const struct stage *from, const char *lines, size_t length)
{
    if (from == &r->receive) {
        r->aggregate.lines_added += feed_count_lines(lines, length);
        feed_add(&r->aggregate.feed, lines, length);
        return;
    }
    answered_rows(&r->aggregate.answered, lines, length, clock_monotonic_ms());
    for (size_t i = 0; i < r->sink_count; i++)
        if (!r->sinks[i]->is_leaving)
            feed_add(&r->sinks[i]->feed, lines, length);
}

void run_pump(struct run *r, struct stage *from)
{
    if (from->carry_capacity - from->carried < CHUNK) {
        from->carry_capacity = 2 * from->carried + CHUNK;
        from->carry = xreallocarray(from->carry, from->carry_capacity, 1);
    }
    ssize_t n = read(from->from, from->carry + from->carried, CHUNK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        close(from->from);
        from->from = -1;
        return;
    }
    size_t length = from->carried + (size_t)n;
    const char *newline = memrchr(from->carry + from->carried, '\n', (size_t)n);
    size_t whole = newline ? (size_t)(newline - from->carry) + 1 : 0;
    if (whole)
        deliver(r, from, from->carry, whole);
    from->carried = length - whole;
    memmove(from->carry, from->carry + whole, from->carried);
}

void run_write(struct stage *to)
{
    if (to->to < 0 || to->is_broken || !feed_pending(&to->feed))
        return;
    size_t before = feed_pending(&to->feed);
    if (!feed_write(&to->feed, to->to))
        to->is_broken = true;
    if (feed_pending(&to->feed) != before)
        to->wrote = clock_monotonic_ms();
}

static void end_input(struct stage *s, int64_t now)
{
    if (s->state == STAGE_WAITING && !feed_pending(&s->feed)) {
        s->state = STAGE_OVER;
        s->over = now;
    }
    if (s->state == STAGE_RUNNING && s->to >= 0 && !feed_pending(&s->feed))
        stage_end_input(s, now);
}

static bool is_finished(const struct stage *s)
{
    return s->state == STAGE_OVER && s->from < 0;
}

void run_follow_ends(struct run *r, int64_t now)
{
    bool is_over = r->is_ending && is_finished(&r->receive);
    bool is_due = r->aggregate.state == STAGE_WAITING && run_has_saved(r);
    if (is_over && !is_due)
        end_input(&r->aggregate, now);
    is_over &= is_finished(&r->aggregate);
    for (size_t i = 0; i < r->sink_count; i++) {
        struct stage *s = r->sinks[i];
        /* A stage that is to be replaced or removed has been asked to end, but still has its
         * input. */
        if (is_over || s->is_asked || s->is_leaving)
            end_input(s, now);
    }
}

/* When a stage should have begun to end, or 0. */
static int64_t should_have_ended(struct run *r, const struct stage *s)
{
    if (s->is_asked)
        return s->asked;
    if (!r->is_ending)
        return 0;
    if (s == &r->receive)
        return r->ended;
    /* A stage that still reads its input is slow, but it does not hang. */
    int64_t over = s == &r->aggregate ? r->receive.over : r->aggregate.over;
    return over && s->wrote > over ? s->wrote : over;
}

/* ms: how long a stage may take to end: twice its --drain. statsd-spool has one besides its
 * sink's. */
static int64_t patience_of(const struct stage *s)
{
    const struct command *c = &s->command;
    int64_t most = strcmp(s->name, "statsd-spool") == 0 ? RUN_END_PATIENCE : 0, drain;
    for (size_t i = 0; i + 1 < c->count; i++)
        if (strcmp(c->words[i], "--drain") == 0 && opt_parse_duration(c->words[i + 1], strlen(c->words[i + 1]), &drain))
            most = most > 2 * drain ? most : 2 * drain;
    return most ? most : RUN_END_PATIENCE;
}

void run_kill_hung(struct run *r, int64_t now)
{
    if (r->term_again && now >= r->term_again && r->receive.state == STAGE_RUNNING && !r->receive.is_asked) {
        stage_signal(&r->receive, SIGTERM);
        r->receive.is_asked = true;
        r->receive.asked = now;
    }
    for (size_t i = 0; i < run_stage_count(r); i++) {
        struct stage *s = run_stage(r, i);
        int64_t since = should_have_ended(r, s), patience = patience_of(s);
        if (s->state != STAGE_RUNNING || !since || now < since + patience)
            continue;
        say("%s has not ended within %d s and is killed", s->name, (int)(patience / 1000));
        stage_signal(s, SIGKILL);
        s->is_asked = s->is_hung = true;
        s->asked = now + patience;
    }
}

void run_say_undelivered(struct stage *s)
{
    if (feed_pending(&s->feed))
        say("%s: %llu lines not delivered", s->name, (unsigned long long)feed_drop(&s->feed));
}

void run_say_lost(struct run *r, int64_t now, bool is_last)
{
    if (!is_last && now < r->lost_said + LOST_INTERVAL)
        return;
    for (size_t i = 0; i < r->sink_count; i++) {
        struct stage *s = r->sinks[i];
        if (is_last)
            run_say_undelivered(s);
        if (!s->feed.lost_lines)
            continue;
        r->lost_said = now;
        say("%s does not read: %llu intervals (%llu lines) dropped: %dM wait for it", s->name,
            (unsigned long long)s->feed.lost_intervals, (unsigned long long)s->feed.lost_lines, RUN_SINK_BUFFER >> 20);
        s->feed.lost_lines = s->feed.lost_intervals = 0;
        r->failed = true;
    }
}
