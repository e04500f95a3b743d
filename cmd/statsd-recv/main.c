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
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/shortage.h"
#include "base/xalloc.h"
#include "filter/options.h"
#include "filter/out.h"
#include "filter/ready.h"
#include "filter/side.h"
#include "filter/signals.h"
#include "net/place.h"
#include "receiver.h"
#include "report.h"
#include "udp.h"
#include "wire/options.h"
#include "wire/reader.h"

enum {
    OPTION_UDP = OPT_LONG,
    OPTION_RCVBUF,
    OPTION_MAX_SKEW,
    OPTION_SOURCE,
    OPTION_FOR,
    OPTION_COUNT,
    OPTION_SELF_INTERVAL,
};

static const struct opt_row rows[] = {
    OPT_HEADING("Sockets"),
    { OPTION_UDP, "udp", "PLACE...", "listen on :PORT or ADDRESS:PORT (127.0.0.1:8125)", NULL },
    { OPTION_RCVBUF, "rcvbuf", "SIZE", "size of each socket's receive buffer", NULL },
    FILTER_ROW_READY_FD,
    OPT_HEADING("Input"),
    WIRE_OPTION_ROWS,
    FILTER_ROW_MAX_LINE,
    { OPTION_MAX_SKEW, "max-skew", "DURATION", "reject a |T further from the clock (10m)", NULL },
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    OPT_HEADING("Output"),
    { OPTION_SOURCE, "source", NULL, "add the sender as a sixth column", NULL },
    FILTER_ROW_BUFFER,
    FILTER_ROW_DRAIN,
    { OPTION_FOR, "for", "DURATION", "stop after this time", NULL },
    { OPTION_COUNT, "count", "N", "stop after N records, self-metrics not counted", NULL },
    OPT_HEADING("Self-metrics"),
    { OPTION_SELF_INTERVAL, "self-interval", "DURATION", "time between two reports (1)", NULL },
    FILTER_ROW_SELF_PREFIX,
    FILTER_ROW_NO_SELF,
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Receive StatsD metrics over UDP and write them as records, one sample per line.",
    .rows = rows,
    .examples = "  statsd-recv | statsd-agg | statsd-carbon graphite.example.com\n"
                "  statsd-recv --udp :8125 --source --no-self --for 10m > capture.tsv\n",
};

enum {
    MAX_SKEW_DEFAULT = 600000,   /* ms */
    HALF_SECOND = 500,           /* ms: where reports stand, so that no flush on a whole second cuts one in two */
    SUMMARY_INTERVAL = 10000,    /* ms: how often what was not said is summed up */
    FLUSH_AT = 1 << 16,          /* bytes: written although more is queued at the sockets */
    CLOCK_CHECK_INTERVAL = 1000, /* ms: how long a clock that was set may go unnoticed */
};

struct config {
    struct filter_options filter;
    struct net_place *places;
    size_t place_count;
    int64_t receive_buffer; /* bytes; 0: the system's */
    struct reader_options reader;
    int64_t run_for; /* ms; 0: no limit */
    int64_t self_interval;
    const char *self_prefix; /* NULL: --no-self */
};

static struct config default_config(void)
{
    return (struct config){
        .filter = filter_defaults,
        .reader = { .wire = wire_defaults, .max_skew = MAX_SKEW_DEFAULT },
        .self_interval = 1000,
    };
}

static void add_place(struct config *c, const struct opt *o, const char *text)
{
    c->places = xreallocarray(c->places, c->place_count + 1, sizeof *c->places);
    if (!net_parse_place(text, &c->places[c->place_count++]))
        opt_fail(o, "bad address %s: expected PORT, :PORT, ADDRESS:PORT or [IPV6]:PORT",
                 quote(text, strlen(text)).text);
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case OPTION_UDP: add_place(c, o, o->value); break;
    case OPTION_RCVBUF: c->receive_buffer = (int64_t)opt_size(o, 1, 1 << 30); break;
    case OPTION_MAX_SKEW: c->reader.max_skew = opt_duration(o, 1, INT64_MAX); break;
    case OPTION_SOURCE: c->reader.source = true; break;
    case OPTION_FOR: c->run_for = opt_duration(o, 1, INT64_MAX); break;
    case OPTION_COUNT: c->reader.count = opt_uint(o, 1, UINT64_MAX); break;
    case OPTION_SELF_INTERVAL: c->self_interval = opt_duration(o, 10, 24 * 3600 * 1000); break;
    default:
        if (!filter_options_take(&c->filter, id, o))
            wire_options_take(id, o, &c->reader.wire);
    }
}

/* What one option leaves for another to decide. */
static void resolve(struct config *c, const struct opt *o)
{
    c->reader.max_line = c->filter.max_line;
    if (!c->place_count)
        add_place(c, o, "8125");
    if (!c->filter.no_self)
        c->self_prefix = c->filter.self_prefix ? c->filter.self_prefix : FILTER_SELF_PREFIX;
    if (!c->reader.wire.absolute_gauges && die_verbosity() >= 0)
        c->reader.gauge_signs = gauge_signs_new();
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = default_config();
    struct opt o;
    int id, operands;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    char **words = opt_operands(&o, &operands);
    if (operands)
        opt_misuse(&o, "unexpected operand %s", quote(words[0], strlen(words[0])).text);
    resolve(&c, &o);
    return c;
}

/* When the loop has to do something by itself. */
struct schedule {
    int64_t report;  /* wall clock, ms */
    int64_t summary; /* the monotonic clock, ms, as is the next */
    int64_t end;     /* INT64_MAX: never */
    struct counters reported;
    uint64_t drops_unsaid;
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

static void say_drops(struct schedule *s)
{
    if (s->drops_unsaid)
        warn("%llu datagrams dropped by the kernel: the receive buffer was full", (unsigned long long)s->drops_unsaid);
    s->drops_unsaid = 0;
}

static void sum_up(struct schedule *s, struct receiver *r)
{
    s->summary = clock_monotonic_ms() + SUMMARY_INTERVAL;
    complaint_summary(&r->refusals->complaint);
    say_drops(s);
}

/* Counts the kernel's drops and writes the figures, which wait for the next report where there is
 * no room. */
static void report(const struct config *c, struct schedule *s, struct receiver *r, int64_t now, bool last)
{
    bool first_drops = !r->counters.dropped;
    r->counters.rejects_lost = side_count_lost(r->refusals->rejects);
    s->drops_unsaid += receiver_count_drops(r);
    if (first_drops)
        say_drops(s);
    bool room = !out_pending(r->records) || (c->self_prefix && out_space(r->records) >= report_size(c->self_prefix));
    if (c->self_prefix && (room || last))
        report_write(r->records, c->self_prefix, &r->counters, &s->reported, now, c->filter.rejects);
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
}

/* In ms. */
static int64_t time_left(const struct schedule *s)
{
    int64_t left = s->report - clock_wall_ms(), end = s->end - clock_monotonic_ms();
    left = end < left ? end : left;
    left = left > CLOCK_CHECK_INTERVAL ? CLOCK_CHECK_INTERVAL : left;
    return left < 0 ? 0 : left;
}

static void say_counts(const struct receiver *r, bool waiting)
{
    char text[REPORT_TEXT_MAX];
    report_text(&r->counters, text);
    if (waiting)
        say("%s, %zu bytes waiting", text, out_pending(r->records));
    else
        say("%s", text);
}

/* USR1: the status, and files that may have been renamed. */
static void take_status(struct receiver *r, struct side_files *side)
{
    receiver_count_drops(r);
    say_counts(r, true);
    side_say_lost(side);
    side_reopen(side);
}

/* Everything that is polled: stdout, the signals, and then the sockets. */
enum { POLL_STDOUT, POLL_SIGNALS, POLL_SOCKETS };

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
    for (size_t i = 0; i < r->udp.count; i++)
        r->udp.sockets[i].ready = true;
}

/* Waits for at most timeout µs. A rest is a wait for anything but the sockets, which are then taken
 * to be ready. */
static void wait_for_events(struct pollfd *polls, struct receiver *r, int64_t timeout, bool is_rest)
{
    struct timespec wait = { .tv_sec = timeout / 1000000, .tv_nsec = timeout % 1000000 * 1000 };
    polls[POLL_STDOUT] = (struct pollfd){ .fd = out_fd(r->records), .events = out_pending(r->records) ? POLLOUT : 0 };
    polls[POLL_SIGNALS] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
    for (size_t i = 0; i < r->udp.count; i++)
        polls[POLL_SOCKETS + i] =
            (struct pollfd){ .fd = r->full || is_rest ? -1 : r->udp.sockets[i].fd, .events = POLLIN };
    if (ppoll(polls, POLL_SOCKETS + r->udp.count, &wait, NULL) < 0) {
        poll_failed(polls, r);
        return;
    }
    for (size_t i = 0; i < r->udp.count; i++)
        r->udp.sockets[i].ready = is_rest || polls[POLL_SOCKETS + i].revents != 0;
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

/* Returns at the first signal that asks for the end, when the time is over, or when enough has been
 * received. */
static void run(const struct config *c, struct schedule *s, struct receiver *r, struct side_files *side)
{
    struct pollfd *polls = xcalloc(POLL_SOCKETS + r->udp.count, sizeof *polls);
    bool more = false;
    int64_t rest = 0;
    while (!r->ended && !out_is_over(r->records) && clock_monotonic_ms() < s->end) {
        wait_for_events(polls, r, more ? 0 : rest ? rest : time_left(s) * 1000, rest);
        struct signals signals = polls[POLL_SIGNALS].revents ? signals_take() : (struct signals){ 0 };
        if (signals.end)
            break;
        if (signals.status)
            take_status(r, side);
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
        say_counts(r, false);
    die_say_lost();
    return is_good;
}

static void tell_ready(const struct config *c, const struct udp *udp)
{
    size_t length;
    char *text = udp_ready_text(udp, &length);
    for (size_t i = 0; i < udp->count && die_verbosity() > 0; i++)
        say("listening on %s", udp->sockets[i].name);
    if (c->filter.ready_fd >= 0)
        ready_tell(c->filter.ready_fd, text, length);
    ready_notify();
    free(text);
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
    struct udp udp;
    struct receiver r;
    check_stdout();
    if (c.filter.ready_fd >= 0)
        ready_check(c.filter.ready_fd);
    signals_init(c.filter.drain);
    out_init(&records, STDOUT_FILENO, "stdout", c.filter.buffer, OUT_QUEUE | OUT_SAY_CLOSED | OUT_GOES_ON);
    udp_open(&udp, c.places, c.place_count, c.receive_buffer);
    struct refusals refusals = { .complaint = { .what = "bad lines" },
                                 .rejects = side_open(&side, c.filter.rejects, c.filter.rejects_max),
                                 .strict = c.filter.strict };
    receiver_init(&r, &udp, &c.reader, c.filter.buffer, &records, &refusals);
    struct schedule s = begin_schedule(&c);
    tell_ready(&c, &udp);
    run(&c, &s, &r, &side);
    bool is_good = finish(&c, &s, &r, &side) && !r.reader.stopped;
    receiver_free(&r);
    free(c.reader.gauge_signs);
    free(c.places);
    return is_good ? EXIT_FINE : EXIT_FAILED;
}
