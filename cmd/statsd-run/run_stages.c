#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"

enum { FIRST_PATIENCE = 1000 }; /* ms: how long statsd-agg waits for statsd-recv's first line */

static void begin(struct stage *s, const char *name, const struct command *command, size_t limit, size_t pipe)
{
    *s = (struct stage){ .name = name, .state = STAGE_WAITING, .to = -1, .from = -1, .rest = -1 };
    command_append(&s->command, command);
    feed_init(&s->feed, limit, pipe);
}

struct stage *run_add_sink(struct run *r, const struct sink *sink)
{
    struct stage *s = xcalloc(1, sizeof *s);
    r->sinks = xreallocarray(r->sinks, r->sink_count + 1, sizeof *r->sinks);
    r->sinks[r->sink_count++] = s;
    begin(s, NULL, &sink->command, RUN_SINK_BUFFER, STAGE_PIPE);
    s->name = s->command.words[0];
    return s;
}

void run_collect_sockets(struct run *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->listener_count; i++)
        count += r->listeners[i].sockets.count;
    r->receive.sockets = xreallocarray(r->receive.sockets, count, sizeof *r->receive.sockets);
    r->receive.socket_count = 0;
    for (size_t i = 0; i < r->listener_count; i++)
        for (size_t j = 0; j < r->listeners[i].sockets.count; j++)
            r->receive.sockets[r->receive.socket_count++] = &r->listeners[i].sockets.list[j];
}

void run_begin_stages(struct run *r)
{
    const struct settings *s = &r->now.settings;
    begin(&r->receive, "statsd-recv", &s->receive, 0, 0);
    begin(&r->aggregate, "statsd-agg", &s->aggregate, 0, STAGE_PIPE);
    r->receive.has_output = r->aggregate.has_output = true;
    for (size_t i = 0; i < s->sink_count; i++)
        run_add_sink(r, &s->sinks[i]);
    run_collect_sockets(r);
    r->is_first = true;
}

static void free_stage(struct stage *s)
{
    command_free(&s->command);
    feed_free(&s->feed);
    free(s->carry);
    free(s->sockets);
}

void run_free_stages(struct run *r)
{
    free_stage(&r->receive);
    free_stage(&r->aggregate);
    for (size_t i = 0; i < r->sink_count; i++) {
        free_stage(r->sinks[i]);
        free(r->sinks[i]);
    }
    free(r->sinks);
}

/* --- starting --------------------------------------------------------------------------------- */

static void add_verbosity(struct command *c)
{
    if (die_verbosity())
        command_add(c, die_verbosity() > 0 ? "--verbose" : "--quiet");
}

/* The command line of a stage: the options that statsd-run adds come right after its name. */
static struct command arguments_of(const struct run *r, const struct stage *s)
{
    struct command c = { .words = NULL };
    command_add(&c, s->command.words[0]);
    for (size_t i = 0; i < s->socket_count; i++) {
        command_add(&c, "--udp");
        command_print(&c, "fd:%d:%u", s->sockets[i]->fd, s->sockets[i]->drops);
    }
    if (s == &r->aggregate) {
        command_add_option(&c, "control", r->control);
        if (run_has_saved(r))
            command_add_option(&c, "resume", r->saved);
    }
    for (size_t i = 1; i < s->command.count; i++)
        command_add(&c, s->command.words[i]);
    if (s == &r->receive || s == &r->aggregate)
        add_verbosity(&c);
    return c;
}

static void start(struct run *r, struct stage *s, int64_t now)
{
    struct command arguments = arguments_of(r, s);
    const char *failed = stage_start(s, &arguments, now);
    if (failed) {
        const char *why = strerror(errno);
        warn("start %s: %s: %s; trying again in %.1f s", s->name, failed, why, (double)stage_plan_retry(s, now) / 1000);
    } else if (die_verbosity() > 0) {
        char *text = command_text(&arguments);
        say("started %s", text);
        free(text);
    }
    command_free(&arguments);
}

static bool is_due(const struct run *r, const struct stage *s, int64_t now)
{
    if (s->state != STAGE_WAITING || now < s->due)
        return false;
    bool waits_for_first = s == &r->aggregate && r->is_first && !feed_pending(&s->feed) && !r->is_ending &&
                           (r->receive.state == STAGE_WAITING || now < r->receive.began + FIRST_PATIENCE);
    return !waits_for_first;
}

bool run_has_saved(const struct run *r)
{
    return access(r->saved, F_OK) == 0;
}

void run_start_due(struct run *r, int64_t now)
{
    for (size_t i = 0; i < run_stage_count(r); i++) {
        struct stage *s = run_stage(r, i);
        if (is_due(r, s, now))
            start(r, s, now);
    }
    if (r->aggregate.state == STAGE_RUNNING)
        r->is_first = false;
}

/* --- ending ----------------------------------------------------------------------------------- */

/* What a process that died has lost, for a message. */
static void lost_text(struct run *r, const struct stage *s, char *text, size_t size)
{
    if (s == &r->aggregate) {
        uint64_t read = stage_lines_read(s), sure = s->answered.sure;
        uint64_t lost = read < sure || run_has_saved(r) ? 0 : read - sure;
        snprintf(text, size, " and lost at most %llu records", (unsigned long long)lost);
    } else {
        snprintf(text, size, " and lost what it had not %s", s == &r->receive ? "passed on" : "delivered");
    }
}

static void say_death(const struct stage *s, int status, const char *lost, int64_t pause)
{
    char how[STAGE_TEXT_MAX];
    stage_status_text(status, how);
    if (s->state == STAGE_OVER && pause >= 0)
        say("%s %s%s", s->name, how, lost);
    else if (pause < 0)
        say("%s %s%s: it has died at once %d times in a row", s->name, how, lost, STAGE_DEATHS_MOST);
    else if (pause)
        say("%s %s%s; starting it again in %.1f s", s->name, how, lost, (double)pause / 1000);
    else
        say("%s %s%s; starting it again", s->name, how, lost);
}

/* Reads what the process has written and nothing has read yet. */
static void read_rest(struct run *r, struct stage *s)
{
    for (int i = 0; s->from >= 0 && i < 64; i++)
        run_pump(r, s);
    if (s->from >= 0)
        close(s->from);
    s->from = -1;
    s->carried = 0;
}

static void close_input(struct stage *s)
{
    if (s->to < 0 && s->rest < 0)
        return;
    feed_rewind(&s->feed, stage_unread(s));
    close(s->to >= 0 ? s->to : s->rest);
    s->to = s->rest = -1;
}

static void be_over(struct stage *s, int64_t now)
{
    s->state = STAGE_OVER;
    s->over = now;
}

/* True if statsd-recv was killed at the end, or got its TERM before it could take it, and has not
 * read its sockets. Then it is started once more. */
static bool has_sockets_left(struct run *r, struct stage *s, int status, const char *lost, int64_t now)
{
    if (s != &r->receive || !r->is_ending || r->is_killed || r->term_again || !WIFSIGNALED(status) || s->is_hung)
        return false;
    r->term_again = now + RUN_TERM_AGAIN;
    s->state = STAGE_WAITING;
    s->due = now;
    s->is_asked = false;
    if (WTERMSIG(status) != SIGTERM)
        say_death(s, status, lost, 0);
    return true;
}

/* Handles the end of a process that was asked to end. */
static void take_end(struct run *r, struct stage *s, int status, const char *lost, int64_t now)
{
    char how[STAGE_TEXT_MAX];
    if (has_sockets_left(r, s, status, lost, now))
        return;
    if (status != 0 && !r->is_killed) {
        stage_status_text(status, how);
        say("%s %s%s", s->name, how, WIFSIGNALED(status) ? lost : "");
        r->failed |= r->is_ending;
    }
    s->deaths = 0;
    s->pause = 0;
    s->due = now;
    /* The next process takes over the saved state, even at the end of the run. */
    bool has_heir = s == &r->aggregate && r->handover != HANDOVER_NONE && !r->is_killed;
    if (s == &r->aggregate)
        r->handover = HANDOVER_NONE;
    if ((r->is_ending && !has_heir) || s->is_leaving)
        be_over(s, now);
    else
        s->state = STAGE_WAITING;
    s->is_asked = false;
}

static void take_death(struct run *r, struct stage *s, int status, const char *lost, int64_t now)
{
    int64_t pause = stage_plan_restart(s, now);
    if (s == &r->aggregate && r->handover != HANDOVER_NONE) {
        if (r->handover == HANDOVER_ASKED)
            close(r->handover_fd);
        r->handover = HANDOVER_NONE;
    }
    bool has_more = feed_pending(&s->feed) || (s == &r->aggregate && run_has_saved(r));
    bool is_useless = r->is_ending && (s == &r->receive || !has_more);
    r->failed |= r->is_ending;
    if (pause < 0 || is_useless || (s->is_leaving && !feed_pending(&s->feed)))
        be_over(s, now);
    say_death(s, status, lost, pause);
    if (pause >= 0 || s->is_leaving)
        return;
    r->failed = true;
    if (!r->is_ending)
        raise(SIGTERM);
}

static struct stage *find_process(struct run *r, pid_t pid)
{
    for (size_t i = 0; i < run_stage_count(r); i++) {
        struct stage *s = run_stage(r, i);
        if (s->state == STAGE_RUNNING && s->pid == pid)
            return s;
    }
    return NULL;
}

static void remove_left(struct run *r)
{
    for (size_t i = r->sink_count; i-- > 0;) {
        struct stage *s = r->sinks[i];
        if (s->state != STAGE_OVER || !s->is_leaving)
            continue;
        run_say_undelivered(s);
        free_stage(s);
        free(s);
        memmove(r->sinks + i, r->sinks + i + 1, (--r->sink_count - i) * sizeof *r->sinks);
    }
}

/* Reads the sockets' counts of drops, so that the next process counts only later ones. */
static void note_drops(struct run *r)
{
    for (size_t i = 0; i < r->listener_count; i++)
        for (size_t j = 0; j < r->listeners[i].sockets.count; j++)
            net_drops(r->listeners[i].sockets.list[j].fd, &r->listeners[i].sockets.list[j].drops);
}

void run_reap(struct run *r, int64_t now)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct stage *s = find_process(r, pid);
        char lost[80];
        console_reaped(&r->console, pid);
        if (!s)
            continue;
        read_rest(r, s);
        close_input(s);
        lost_text(r, s, lost, sizeof lost);
        /* If the next process dies before it writes the saved state, that is lost too. */
        if (s == &r->aggregate && !run_has_saved(r))
            answered_begin(&s->answered, stage_lines_read(s));
        if (s == &r->receive)
            note_drops(r);
        bool has_rest = WIFSIGNALED(status) && feed_pending(&s->feed) && !s->is_hung && !r->is_killed;
        if (s->is_asked && !has_rest)
            take_end(r, s, status, lost, now);
        else
            take_death(r, s, status, lost, now);
    }
    remove_left(r);
}
