/* statsd-recv: sockets → records. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/shortage.h"
#include "base/xalloc.h"
#include "filter/out.h"
#include "filter/ready.h"
#include "filter/side.h"
#include "filter/signals.h"
#include "net/sockets.h"
#include "options.h"
#include "receiver.h"
#include "report.h"

enum {
    HALF_SECOND = 500,           /* ms: where reports stand, so that no flush on a whole second cuts one in two */
    SUMMARY_INTERVAL = 10000,    /* ms: how often what was not said is summed up */
    FLUSH_AT = 1 << 16,          /* bytes: written although more is queued at the sockets */
    CLOCK_CHECK_INTERVAL = 1000, /* ms: how long a clock that was set may go unnoticed */
};

/* When the loop has to do something by itself. */
struct schedule {
    int64_t report;  /* wall clock, ms */
    int64_t summary; /* the monotonic clock, ms, as is the next */
    int64_t end;     /* INT64_MAX: never */
    struct counters reported;
    uint64_t drops_unsaid;
    uint64_t discarded;  /* seen and reported */
    bool has_said_drops; /* the first are reported at once */
    int64_t keep;        /* monotonic ms: when the connections have something to do */
};

static int64_t next_report(const struct config *c, int64_t now)
{
    return clock_next_boundary(now, c->self_interval, c->self_interval < HALF_SECOND * 2 ? 0 : HALF_SECOND);
}

static struct schedule begin_schedule(const struct config *c)
{
    int64_t now = clock_monotonic_ms();
    return (struct schedule){
        .report = next_report(c, clock_wall_ms()),
        .summary = now + SUMMARY_INTERVAL,
        .end = c->run_for ? now + c->run_for : INT64_MAX,
    };
}

static void say_drops(struct schedule *s, const struct receiver *r)
{
    uint64_t discarded = r->discarded - s->discarded;
    if (s->drops_unsaid)
        warn("%llu datagrams dropped by the kernel: the receive buffer was full", (unsigned long long)s->drops_unsaid);
    if (discarded)
        warn("%llu datagrams of Unix sockets dropped: the output buffer was full", (unsigned long long)discarded);
    s->has_said_drops |= s->drops_unsaid || discarded;
    s->drops_unsaid = 0;
    s->discarded = r->discarded;
}

static unsigned report_parts(const struct config *c, const struct receiver *r)
{
    unsigned connections = connections_fd(&r->connections) >= 0 ? REPORT_CONNECTIONS : 0;
    return connections | (c->filter.rejects ? REPORT_REJECTS : 0) | (c->events ? REPORT_EVENTS : 0) |
           (c->filter.self_of_statsd ? REPORT_OF_STATSD : 0);
}

static void sum_up(struct schedule *s, struct receiver *r)
{
    s->summary = clock_monotonic_ms() + SUMMARY_INTERVAL;
    complaint_summary(&r->refusals->complaint);
    connections_sum_up(&r->connections);
    say_drops(s, r);
}

/* Counts the kernel's drops and writes the figures, which wait for the next report where there is
 * no room. */
static void report(const struct config *c, struct schedule *s, struct receiver *r, int64_t now, bool last)
{
    r->counters.rejects_lost = side_count_lost(r->refusals->rejects);
    r->counters.events_lost = side_count_lost(c->reader.events);
    s->drops_unsaid += receiver_count_drops(r);
    if (!s->has_said_drops)
        say_drops(s, r);
    bool room = !out_pending(r->records) || (c->self_prefix && out_space(r->records) >= report_size(c->self_prefix));
    if (c->self_prefix && (room || last))
        report_write(r->records, c->self_prefix, &r->counters, &s->reported, now, report_parts(c, r));
}

static void keep_schedule(const struct config *c, struct schedule *s, struct receiver *r)
{
    int64_t now = clock_wall_ms();
    if (now >= s->report) {
        report(c, s, r, now, false);
        s->report = next_report(c, now);
    } else if (s->report - now > c->self_interval) {
        s->report = next_report(c, now); /* the clock was set back */
    }
    if (clock_monotonic_ms() >= s->summary)
        sum_up(s, r);
    s->keep = receiver_keep(r);
}

/* In ms. */
static int64_t time_left(const struct schedule *s)
{
    int64_t now = clock_monotonic_ms(), next = s->end < s->keep ? s->end : s->keep;
    int64_t left = s->report - clock_wall_ms();
    left = next - now < left ? next - now : left;
    left = left > CLOCK_CHECK_INTERVAL ? CLOCK_CHECK_INTERVAL : left;
    return left < 0 ? 0 : left;
}

static void say_counts(const struct config *c, const struct receiver *r, bool waiting)
{
    char text[REPORT_TEXT_MAX];
    report_text(&r->counters, report_parts(c, r), text);
    if (waiting)
        say("%s, %zu bytes waiting", text, out_pending(r->records));
    else
        say("%s", text);
}

/* USR1: the status, and files that may have been renamed. */
static void take_status(const struct config *c, struct schedule *s, struct receiver *r, struct side_files *side)
{
    s->drops_unsaid += receiver_count_drops(r);
    say_counts(c, r, true);
    side_say_lost(side);
    side_reopen(side);
}

/* Everything that is polled: stdout, the signals, all connections, and then the sockets of
 * datagrams. */
enum { POLL_STDOUT, POLL_SIGNALS, POLL_CONNECTIONS, POLL_SOCKETS };

/* Nothing is known of the descriptors, so each is looked at. */
static void poll_failed(struct pollfd *polls, struct receiver *r)
{
    if (errno == EINTR)
        return;
    if (!shortage_is(errno))
        die_errno("poll");
    shortage_report(&r->failures, "poll", NULL, errno);
    shortage_pause();
    polls[POLL_SIGNALS].revents = POLLIN;
    receiver_make_ready(r);
}

/* While the output has no room, only what must not wait is read. */
static bool is_polled(const struct receiver *r, const struct inlet *inlet, bool is_rest)
{
    return r->full ? inlet->socket->kind == NET_UNIXGRAM : !is_rest;
}

static void look_at_sockets(const struct pollfd *polls, struct receiver *r, bool is_rest)
{
    r->connections_ready = connections_fd(&r->connections) >= 0 && (is_rest || polls[POLL_CONNECTIONS].revents);
    for (size_t i = 0; i < r->inlet_count; i++) {
        r->inlets[i].ready = is_rest || polls[POLL_SOCKETS + i].revents != 0;
        if (r->full && polls[POLL_SOCKETS + i].revents)
            receiver_discard(r, &r->inlets[i]);
    }
}

/* Waits for at most timeout µs. A rest is a wait for anything but the sockets, which are then taken
 * to be ready. */
static void wait_for_events(struct pollfd *polls, struct receiver *r, int64_t timeout, bool is_rest)
{
    struct timespec wait = { .tv_sec = timeout / 1000000, .tv_nsec = timeout % 1000000 * 1000 };
    polls[POLL_STDOUT] = (struct pollfd){ .fd = out_fd(r->records), .events = out_pending(r->records) ? POLLOUT : 0 };
    polls[POLL_SIGNALS] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
    polls[POLL_CONNECTIONS] =
        (struct pollfd){ .fd = r->full || is_rest ? -1 : connections_fd(&r->connections), .events = POLLIN };
    for (size_t i = 0; i < r->inlet_count; i++)
        polls[POLL_SOCKETS + i] = (struct pollfd){
            .fd = is_polled(r, &r->inlets[i], is_rest) ? r->inlets[i].socket->fd : -1,
            .events = POLLIN,
        };
    if (ppoll(polls, POLL_SOCKETS + r->inlet_count, &wait, NULL) < 0) {
        poll_failed(polls, r);
        return;
    }
    look_at_sockets(polls, r, is_rest);
    if (polls[POLL_STDOUT].revents & (POLLERR | POLLHUP | POLLNVAL))
        out_reader_gone(r->records);
}

/* True when a batch that had to wait can be carried on with. */
static bool flush(struct receiver *r, struct side_files *side)
{
    side_flush(side);
    out_try_flush(r->records);
    return receiver_drained(r);
}

/* Returns at the first signal that asks for the end, when the time is over, when enough has been
 * received, or when nothing more can come. */
static void run(const struct config *c, struct schedule *s, struct receiver *r, struct side_files *side)
{
    struct pollfd *polls = xcalloc(POLL_SOCKETS + r->inlet_count, sizeof *polls);
    bool more = false;
    int64_t rest = 0;
    while (!r->ended && !out_is_over(r->records) && clock_monotonic_ms() < s->end && !receiver_is_over(r)) {
        wait_for_events(polls, r, more ? 0 : rest ? rest : time_left(s) * 1000, rest);
        struct signals signals = polls[POLL_SIGNALS].revents ? signals_take() : (struct signals){ 0 };
        if (signals.end)
            break;
        if (signals.status)
            take_status(c, s, r, side);
        more = receiver_round(r);
        if (!more || out_pending(r->records) >= FLUSH_AT)
            more |= flush(r, side);
        rest = more ? 0 : receiver_rest(r);
        if (side_keep(side, clock_monotonic_ms()))
            die_say_lost();
        keep_schedule(c, s, r);
    }
    free(polls);
}

/* Reports what could not be written at the end. True if that is nothing. */
static bool is_all_written(const struct out *records)
{
    bool is_early = signals_deadline() == SIGNALS_AT_ONCE;
    char text[80] = "";
    if (records->lost_bytes)
        snprintf(text, sizeof text, ": %llu lines (%llu bytes) not written", (unsigned long long)records->lost_lines,
                 (unsigned long long)records->lost_bytes);
    if (is_early)
        say("ended by a second signal%s", text);
    else if (*text)
        say("stdout: its reader takes nothing%s", text);
    return !is_early && !*text;
}

/* Returns false if something was lost that had been received. */
static bool finish(const struct config *c, struct schedule *s, struct receiver *r, struct side_files *side)
{
    if (!out_is_over(r->records)) {
        receiver_finish(r);
        report(c, s, r, clock_wall_ms(), true);
    }
    out_close(r->records);
    bool is_good = !r->records->error && is_all_written(r->records);
    is_good &= side_close(side, signals_deadline() == SIGNALS_AT_ONCE);
    sum_up(s, r);
    shortage_summary(&r->failures);
    if (die_verbosity() > 0)
        say_counts(c, r, false);
    die_say_lost();
    return is_good;
}

static void tell_ready(const struct config *c, const struct net_sockets *sockets)
{
    size_t length;
    char *text = net_sockets_text(sockets, &length);
    for (size_t i = 0; i < sockets->count && die_verbosity() > 0; i++)
        say("listening on %s", sockets->list[i].name);
    if (c->filter.ready_fd >= 0)
        ready_tell(c->filter.ready_fd, text, length);
    ready_notify();
    free(text);
}

/* Each connection takes one. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* A stdout that cannot be written to is known at once, not when the first record comes (die_init
 * has filled in for one that was closed). */
static void check_stdout(void)
{
    int flags = fcntl(STDOUT_FILENO, F_GETFL);
    errno = EBADF;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        die_errno("write stdout");
}

int main(int argc, char **argv)
{
    die_init("statsd-recv");
    struct config c = parse_args(argc, argv);
    struct out records;
    struct side_files side = { .count = 0 };
    struct net_sockets sockets;
    struct receiver r;
    check_stdout();
    if (c.filter.ready_fd >= 0)
        ready_check(c.filter.ready_fd);
    signals_init(c.filter.drain);
    out_init(&records, STDOUT_FILENO, "stdout", c.filter.buffer, OUT_QUEUE | OUT_SAY_CLOSED | OUT_GOES_ON);
    allow_descriptors();
    net_sockets_open(&sockets, c.places, c.place_count, c.receive_buffer);
    struct refusals refusals = { .complaint = { .what = "bad lines" },
                                 .rejects = side_open(&side, c.filter.rejects, c.filter.rejects_max),
                                 .strict = c.filter.strict };
    c.reader.events = side_open(&side, c.events, 0);
    receiver_init(&r, &sockets, &c.reader, &c.limits, c.filter.buffer, &records, &refusals);
    struct schedule s = begin_schedule(&c);
    if (c.filter.self_of_statsd) /* which begins with them at 0 */
        report(&c, &s, &r, clock_wall_ms(), false);
    tell_ready(&c, &sockets);
    run(&c, &s, &r, &side);
    bool is_good = finish(&c, &s, &r, &side) && !r.reader.stopped;
    receiver_free(&r);
    net_sockets_close(&sockets);
    free(c.reader.gauge_signs);
    free(c.places);
    return is_good ? EXIT_FINE : EXIT_FAILED;
}
