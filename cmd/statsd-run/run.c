#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "console_client.h"
#include "filter/ready.h"
#include "filter/signals.h"

/* --- beginning -------------------------------------------------------------------------------- */

static void open_signals(struct run *r)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int *signal = (const int[]){ SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, 0 }; *signal; signal++)
        sigaddset(&set, *signal);
    sigprocmask(SIG_BLOCK, &set, NULL);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (r->signals < 0)
        die_errno("signalfd");
}

static void make_folder(struct run *r)
{
    const char *parent = getenv("RUNTIME_DIRECTORY");
    if (!parent || !*parent || strchr(parent, ':'))
        parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    if (strlen(parent) > 60)
        die("%s: too long for the path of a socket: expected a TMPDIR of at most 60 bytes", parent);
    own_folder_open(&r->folder, parent, "statsd-run.");
    snprintf(r->control, sizeof r->control, "%s/control", r->folder.path);
    snprintf(r->saved, sizeof r->saved, "%s/saved", r->folder.path);
}

/* A line for each socket: `udp 127.0.0.1:8125`, and the console's, `console 127.0.0.1:8126`. */
static char *ready_text(const struct run *r)
{
    char *text;
    size_t size;
    FILE *out = xmemstream_begin(&text, &size);
    for (size_t i = 0; i < r->receive.socket_count; i++)
        fprintf(out, "%s\n", r->receive.sockets[i]->name);
    for (size_t i = 0; i < r->console.sockets.count; i++)
        fprintf(out, "console%s\n", strchr(r->console.sockets.list[i].name, ' '));
    xmemstream_end(out);
    return text;
}

static void notify(const struct run *r, const char *what)
{
    char text[400];
    size_t sockets = r->receive.socket_count, sinks = r->sink_count;
    snprintf(text, sizeof text, "%s\nSTATUS=%zu socket%s, %zu sink%s\n", what, sockets, &"s"[sockets == 1], sinks,
             &"s"[sinks == 1]);
    ready_notify_state(text);
}

static void tell_ready(const struct run *r, int ready_fd)
{
    char *text = ready_text(r);
    puts("server is up");
    if (fflush(stdout) != 0)
        die_errno("write stdout");
    if (ready_fd >= 0)
        ready_tell(ready_fd, text, strlen(text));
    notify(r, "READY=1");
    free(text);
}

/* --- signals ---------------------------------------------------------------------------------- */

static void end_all(struct run *r)
{
    for (size_t i = 0; i < run_stage_count(r); i++) {
        struct stage *s = run_stage(r, i);
        stage_signal(s, SIGKILL);
        s->is_asked = true;
        feed_drop(&s->feed);
        if (s->state == STAGE_WAITING)
            s->state = STAGE_OVER;
    }
    r->is_killed = r->failed = true;
}

static void take_end_signal(struct run *r, int signal, int64_t now)
{
    if (r->is_ending) {
        if (signal == SIGINT || now >= r->ended + SIGNALS_SAME) {
            say("ended by a second signal");
            end_all(r);
        }
        return;
    }
    r->is_ending = true;
    r->ended = now;
    notify(r, "STOPPING=1");
    /* The sockets may hold datagrams, so statsd-recv is started once more to read them. */
    if (r->receive.state == STAGE_WAITING) {
        r->receive.due = now;
        r->term_again = now + RUN_TERM_AGAIN;
    }
    if (r->receive.state == STAGE_RUNNING && !r->receive.is_asked) {
        r->receive.is_asked = true;
        r->receive.asked = now;
    }
    stage_signal(&r->receive, SIGTERM);
    for (size_t i = 1; i < run_stage_count(r); i++)
        if (run_stage(r, i)->state == STAGE_WAITING)
            run_stage(r, i)->due = now;
}

static void reload(struct run *r, int64_t now)
{
    char text[80];
    if (r->is_ending)
        return;
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
    notify(r, text);
    run_reload(r, now);
    notify(r, "READY=1");
}

static void take_status(struct run *r)
{
    for (size_t i = 0; i < run_stage_count(r); i++) {
        const struct stage *s = run_stage(r, i);
        say("%s: %s, process %d, %zu bytes waiting", s->name,
            s->state == STAGE_RUNNING   ? "running"
            : s->state == STAGE_WAITING ? "to be started"
                                        : "ended",
            (int)s->pid, feed_pending(&s->feed));
        stage_signal(s, SIGUSR1);
    }
}

static void take_signals(struct run *r, int64_t now)
{
    struct signalfd_siginfo info;
    while (read(r->signals, &info, sizeof info) == (ssize_t)sizeof info)
        switch (info.ssi_signo) {
        case SIGTERM:
        case SIGINT: take_end_signal(r, (int)info.ssi_signo, now); break;
        case SIGHUP: reload(r, now); break;
        case SIGUSR1: take_status(r); break;
        default: break;
        }
}

static void look_at_file(struct run *r, int64_t now)
{
    if (now < r->looked + RUN_LOOK_INTERVAL || r->is_ending)
        return;
    r->looked = now;
    if (r->now.settings.is_reloaded && config_file_has_changed(&r->file, &r->now.status))
        reload(r, now);
}

/* --- the loop --------------------------------------------------------------------------------- */

static int64_t next_due(struct run *r, int64_t now)
{
    int64_t due = now + RUN_LOOK_INTERVAL;
    for (size_t i = 0; i < run_stage_count(r); i++) {
        const struct stage *s = run_stage(r, i);
        if (s->state == STAGE_WAITING && s->due > now && s->due < due)
            due = s->due;
    }
    if (r->handover != HANDOVER_NONE || r->is_ending)
        due = due < now + 50 ? due : now + 50;
    return due;
}

static bool is_read(const struct run *r, const struct stage *s)
{
    if (s->from < 0)
        return false;
    return s != &r->receive || (r->handover == HANDOVER_NONE && feed_pending(&r->aggregate.feed) < RUN_FEED_MOST);
}

/* Where each stage stands in the list for poll: its output, then its input. */
enum { POLL_SIGNALS, POLL_HANDOVER, POLL_STAGES };

enum { BLIND_PAUSE = 20 /* ms */ };

static size_t fill_polls(struct run *r, struct pollfd *polls, int64_t now)
{
    size_t count = run_stage_count(r), n = POLL_STAGES;
    polls[POLL_SIGNALS] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
    polls[POLL_HANDOVER] =
        (struct pollfd){ .fd = r->handover == HANDOVER_ASKED ? r->handover_fd : -1, .events = POLLIN };
    for (size_t i = 0; i < count; i++) {
        const struct stage *s = run_stage(r, i);
        bool has_more = s->to >= 0 && !s->is_broken && feed_pending(&s->feed);
        polls[n++] = (struct pollfd){ .fd = is_read(r, s) ? s->from : -1, .events = POLLIN };
        polls[n++] = (struct pollfd){ .fd = has_more ? s->to : -1, .events = POLLOUT };
    }
    for (size_t i = 0; i < r->console.sockets.count; i++)
        polls[n++] = (struct pollfd){ .fd = r->console.sockets.list[i].fd, .events = console_watch(&r->console, now) };
    return n;
}

static void move_lines(struct run *r, const struct pollfd *polls)
{
    size_t count = run_stage_count(r);
    for (size_t i = 0; i < count; i++) {
        struct stage *s = run_stage(r, i);
        if (polls[POLL_STAGES + 2 * i].revents && s->from >= 0)
            run_pump(r, s);
    }
    for (size_t i = 1; i < count; i++)
        run_write(run_stage(r, i));
}

/* poll(2) refuses more entries than RLIMIT_NOFILE, which may be lowered while this runs. Then every
 * descriptor is tried, because none of them blocks. */
static void poll_failed(struct run *r, struct pollfd *polls, size_t count)
{
    if (!r->is_blind)
        warn("poll: %s: looking every %d ms", strerror(errno), BLIND_PAUSE);
    r->is_blind = true;
    poll(NULL, 0, BLIND_PAUSE);
    for (size_t i = 0; i < count; i++)
        polls[i].revents = polls[i].fd < 0 ? 0 : polls[i].events;
}

static void turn(struct run *r)
{
    size_t count = run_stage_count(r);
    struct pollfd *polls = xcalloc(POLL_STAGES + 2 * count + r->console.sockets.count, sizeof *polls);
    int64_t now = clock_monotonic_ms();
    size_t n = fill_polls(r, polls, now);
    int found = poll(polls, n, (int)(next_due(r, now) - now));
    bool is_blind = found < 0 && errno != EINTR;
    if (is_blind)
        poll_failed(r, polls, n);
    else
        r->is_blind = false;
    now = clock_monotonic_ms();
    stage_look(&r->aggregate, now);
    if (found > 0 || is_blind) {
        move_lines(r, polls);
        for (size_t i = 0; i < r->console.sockets.count; i++)
            if (polls[POLL_STAGES + 2 * count + i].revents)
                console_accept(&r->console, &r->console.sockets.list[i]);
        if (polls[POLL_SIGNALS].revents)
            take_signals(r, now);
    }
    free(polls);
    run_reap(r, now);
    look_at_file(r, now);
    run_step_handover(r, now);
    run_follow_ends(r, now);
    run_kill_hung(r, now);
    run_start_due(r, now);
    run_say_lost(r, now, false);
}

static bool is_over(struct run *r)
{
    for (size_t i = 0; i < run_stage_count(r); i++)
        if (run_stage(r, i)->state != STAGE_OVER)
            return false;
    return true;
}

static void free_run(struct run *r)
{
    console_close(&r->console);
    for (size_t i = 0; i < r->listener_count; i++) {
        net_sockets_close(&r->listeners[i].sockets);
        free(r->listeners[i].text);
    }
    free(r->listeners);
    run_free_stages(r);
    own_folder_remove(&r->folder);
    config_now_free(&r->now);
    close(r->signals);
}

enum exit_code run_pipeline(const struct config_file *file, struct config_now *now, int ready_fd)
{
    struct run r = { .file = *file, .now = *now, .handover = HANDOVER_NONE, .looked = clock_monotonic_ms() };
    const struct settings *s = &r.now.settings;
    console_client_begin();
    run_open_sockets(&r);
    console_open(&r.console, s->console_host, s->console_port, r.control, r.now.value, s->is_down);
    open_signals(&r);
    make_folder(&r);
    run_begin_stages(&r);
    tell_ready(&r, ready_fd);
    run_start_due(&r, clock_monotonic_ms());
    while (!is_over(&r))
        turn(&r);
    run_say_lost(&r, clock_monotonic_ms(), true);
    bool failed = r.failed;
    free_run(&r);
    return failed ? EXIT_FAILED : EXIT_FINE;
}
