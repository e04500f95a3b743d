#include "filter/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shortage.h"
#include "filter/ready.h"
#include "filter/signals.h"

enum {
    OUT_SIZE = 1 << 18,
    PATIENCE = 100, /* ms: how long a reader of messages or of a side file is waited for */
};

void filter_begin(struct filter *f, const struct filter_options *options, int out_flags)
{
    *f = (struct filter){ .options = options, .where = "stdin", .shortages = shortages_none };
    f->has_out = !(out_flags & FILTER_NO_OUT);
    f->is_queue = out_flags & OUT_QUEUE;
    if (options->ready_fd >= 0)
        ready_check(options->ready_fd);
    die_set_patience(PATIENCE);
    signals_init(options->drain);
    if (f->has_out)
        out_init(&f->out, STDOUT_FILENO, "stdout", OUT_SIZE, out_flags | OUT_GOES_ON);
    f->side.patience = PATIENCE;
    f->rejects = side_open(&f->side, options->rejects, options->rejects_max);
    f->now = f->last_input = clock_monotonic_ms();
}

static void take_signals(struct filter *f)
{
    struct signals signals = signals_take();
    if (signals.status) {
        if (f->calls->status)
            f->calls->status(f->self);
        side_say_lost(&f->side);
        side_reopen(&f->side);
    }
    if (signals.end)
        f->signalled = signals_time();
    f->is_early |= signals.early;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the input may no longer be waited for. A terminal does not end by itself. */
static int64_t drain_end(const struct filter *f)
{
    if (f->is_early || (f->signalled && f->on_terminal))
        return INT64_MIN;
    return f->signalled ? f->signalled + f->options->drain : INT64_MAX;
}

static int poll_timeout(const struct filter *f, int64_t due)
{
    if (due == INT64_MAX || due <= f->now)
        return due == INT64_MAX ? -1 : 0;
    return due - f->now > INT_MAX ? INT_MAX : (int)(due - f->now);
}

/* Nothing is known of the descriptors, so signals are looked for. */
static void poll_failed(struct filter *f)
{
    if (errno == EINTR)
        return;
    if (!shortage_is(errno))
        die_errno("poll");
    shortage_report(&f->shortages, "poll", NULL, errno);
    shortage_pause();
    take_signals(f);
}

/* What a turn polls. */
enum { POLL_INPUT, POLL_SIGNALS, POLL_OUT, POLL_OWN, POLLS };

/* Polls until `due` at the latest; reading from fd unless it is -1. True if something can be
 * read. */
static bool poll_all(struct filter *f, int fd, int64_t due)
{
    struct pollfd polled[POLLS] = {
        [POLL_INPUT] = { .fd = fd, .events = POLLIN },
        [POLL_SIGNALS] = { .fd = signals_fd(), .events = POLLIN },
        [POLL_OUT] = { .fd = f->has_out && !out_is_over(&f->out) ? out_fd(&f->out) : -1 },
        [POLL_OWN] = { .fd = -1 },
    };
    if (f->has_out && f->is_queue && out_pending(&f->out))
        polled[POLL_OUT].events = POLLOUT;
    if (f->calls->watch)
        due = least(due, f->calls->watch(f->self, &polled[POLL_OWN]));
    int found = poll(polled, POLLS, poll_timeout(f, due));
    if (found < 0)
        poll_failed(f);
    f->now = clock_monotonic_ms();
    if (found < 0)
        return false;
    if (polled[POLL_SIGNALS].revents)
        take_signals(f);
    if (side_keep(&f->side, f->now))
        die_say_lost();
    if (polled[POLL_OUT].revents & POLLERR)
        out_reader_gone(&f->out);
    if (polled[POLL_OUT].revents & POLLOUT)
        out_try_flush(&f->out);
    if (f->calls->step)
        f->calls->step(f->self, polled[POLL_OWN].revents);
    return polled[POLL_INPUT].revents;
}

/* Before the program may sleep it writes what can be written. With a queue it reads on, whatever is
 * left. */
static void flush(struct filter *f)
{
    if (f->calls->pause)
        f->calls->pause(f->self);
    side_flush(&f->side);
    if (f->has_out && f->is_queue)
        out_try_flush(&f->out);
    else if (f->has_out)
        out_flush(&f->out);
}

static void be_quiet(struct filter *f)
{
    if (f->is_quiet || f->now < f->last_input + FILTER_QUIET)
        return;
    f->is_quiet = true;
    f->calls->quiet(f->self);
}

static int64_t next_due(const struct filter *f)
{
    int64_t due = least(f->due, drain_end(f));
    due = side_waits(&f->side) ? least(due, f->side.due) : due;
    return f->calls->quiet && !f->is_quiet ? least(due, f->last_input + FILTER_QUIET) : due;
}

/* Waits for something to read, unless fd is -1, or for whatever else comes first. True if something
 * can be read. */
static bool wait_for_input(struct filter *f, int fd)
{
    bool was_queued = f->is_queue && out_pending(&f->out);
    /* A program that is full may have room after any turn, so it gets only one. */
    bool readable = fd >= 0 && poll_all(f, fd, f->now);
    if (!readable) {
        flush(f);
        /* tick may have been waiting for room in the queue. */
        bool has_room = was_queued && !out_pending(&f->out);
        readable = poll_all(f, fd, has_room ? f->now : next_due(f));
    }
    if (!readable && f->calls->quiet)
        be_quiet(f);
    f->is_over = f->now >= drain_end(f);
    return readable;
}

/* Reported with --quiet too, for it makes the exit status 1. */
static void fail_file(struct filter *f, const char *what, const char *reason)
{
    say("%s %s: %s", what, f->where, reason);
    f->failed = true;
}

static void fill(struct filter *f, struct lines *in)
{
    int error = lines_fill(in);
    if (shortage_is(error)) {
        shortage_report(&f->shortages, "read", f->where, error);
        shortage_pause();
    } else if (error) {
        fail_file(f, "read", strerror(error));
    }
    f->last_input = f->now;
    f->is_quiet = false;
    progress_show(&f->progress);
}

/* The time to read on is over before the file is. */
static enum filter_next cut(struct filter *f, struct lines *in, bool readable)
{
    if (f->is_early)
        return FILTER_STOP;
    if (readable && !f->calls->is_endless)
        fail_file(f, "read", "ended by a signal before the end");
    in->ended = in->cut = true;
    f->calls->take(f->self, in);
    return FILTER_STOP;
}

static enum filter_next read_lines(struct filter *f, struct lines *in)
{
    for (;;) {
        f->due = f->calls->tick ? f->calls->tick(f->self) : INT64_MAX;
        enum filter_next next = f->calls->take(f->self, in);
        if (next != FILTER_MORE)
            return next;
        bool is_full = f->calls->is_full && f->calls->is_full(f->self);
        if (is_full)
            f->last_input = f->now;
        bool readable = wait_for_input(f, is_full ? -1 : in->fd);
        if (filter_has_failed_out(f))
            return FILTER_STOP;
        if (f->is_over)
            return cut(f, in, readable);
        if (readable)
            fill(f, in);
    }
}

static enum filter_next read_file(struct filter *f, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    f->where = is_stdin ? "stdin" : path;
    /* A FIFO that nobody writes to yet is waited for with everything else. */
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        fail_file(f, "open", strerror(errno));
        return FILTER_END;
    }
    f->on_terminal = isatty(fd);
    if (f->on_terminal)
        warn("reading from the terminal: end with ^D");
    struct lines in;
    lines_init(&in, fd, f->options->max_line);
    progress_begin(&f->progress, &in, f->has_out);
    enum filter_next next = read_lines(f, &in);
    progress_end(&f->progress);
    lines_free(&in);
    if (!is_stdin)
        close(fd);
    return next;
}

void filter_turn(struct filter *f, int64_t until)
{
    progress_show(&f->progress);
    poll_all(f, -1, until);
}

enum exit_code filter_run(struct filter *f, char **files, const struct filter_calls *calls, void *self)
{
    f->calls = calls;
    f->self = self;
    if (f->options->ready_fd >= 0)
        ready_tell(f->options->ready_fd, "\n", 1);
    for (char **file = files; *file && !f->is_over && !filter_has_failed_out(f); file++)
        if (read_file(f, *file) == FILTER_STOP)
            break;
    filter_end(f);
    return f->failed ? EXIT_FAILED : EXIT_FINE;
}
