/* statsd-agg: records → aggregates, at every interval's end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agg.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "config.h"
#include "filter/lines.h"
#include "filter/out.h"
#include "filter/ready.h"
#include "filter/refusals.h"
#include "filter/signals.h"
#include "options.h"
#include "samples/hugepages.h"

enum { OUT_SIZE = 1 << 18 };

/* What goes through the program. */
struct flow {
    const struct config *config;
    struct agg *agg;
    struct out out, rejects, late;
    int64_t drain_until; /* monotonic, ms; 0: nobody has asked for the end */
    bool is_over;        /* the time to drain is over */
    bool failed;         /* an input could not be read to its end */
};

static void take_signals(struct flow *f)
{
    struct signals signals = signals_take();
    if (signals.status)
        agg_report_counts(f->agg);
    if (signals.end)
        f->drain_until = clock_monotonic_ms() + f->config->drain;
}

/* Milliseconds to sleep at most; -1: for ever. */
static int sleep_time(struct flow *f)
{
    int timeout = agg_timeout(f->agg);
    if (!f->drain_until)
        return timeout;
    int64_t left = f->drain_until - clock_monotonic_ms();
    f->is_over = left <= 0;
    if (left < 0)
        left = 0;
    return timeout < 0 || left < timeout ? (int)left : timeout;
}

/* Before the program may sleep, what can be written is: all of it, but live, where records are read on meanwhile. */
static void write_before_sleep(struct flow *f)
{
    if (f->config->mode == TIME_LIVE)
        out_try_flush(&f->out);
    else
        out_flush(&f->out);
    if (f->config->rejects)
        out_flush(&f->rejects);
    if (f->config->late)
        out_flush(&f->late);
}

/* Sleeps until there is something to read, to write, or to do by the clock. True when there is something to read. */
static bool wait_for_input(struct flow *f, const struct lines *in)
{
    bool is_readable = lines_readable(in);
    if (!is_readable)
        write_before_sleep(f);
    short wanted = out_pending(&f->out) ? POLLOUT : 0;
    struct pollfd polled[] = {
        { .fd = in->fd, .events = POLLIN },
        { .fd = signals_fd(), .events = POLLIN },
        { .fd = out_fd(&f->out), .events = wanted },
    };
    int timeout = sleep_time(f);
    bool can_go_on = is_readable || (agg_is_flushing(f->agg) && !wanted);
    poll(polled, 3, can_go_on ? 0 : timeout);
    if (polled[1].revents)
        take_signals(f);
    if (polled[2].revents & POLLERR)
        out_reader_gone(&f->out);
    if (polled[2].revents & POLLOUT && f->config->mode == TIME_LIVE)
        out_try_flush(&f->out);
    return polled[0].revents && !f->is_over;
}

static void handle(struct flow *f, struct lines *in, const char *name)
{
    while (!f->is_over) {
        agg_tick(f->agg);
        enum lines_status status = agg_take(f->agg, in);
        if (status == LINES_END || agg_is_stopped(f->agg))
            return;
        if (!wait_for_input(f, in))
            continue;
        int error = lines_fill(in);
        if (error) {
            say("read %s: %s", name, strerror(error));
            f->failed = true;
        }
    }
}

static void read_input(struct flow *f, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "stdin" : path;
    agg_begin_input(f->agg, name);
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        say("open %s: %s", path, strerror(errno));
        f->failed = true;
        return;
    }
    if (isatty(fd))
        warn("reading from the terminal: end with ^D");
    struct lines in;
    lines_init(&in, fd, f->config->max_line);
    handle(f, &in, name);
    lines_free(&in);
    if (!is_stdin)
        close(fd);
}

static enum exit_code run(const struct config *c)
{
    struct flow f = { .config = c };
    if (c->ready_fd >= 0)
        ready_check(c->ready_fd);
    signals_init();
    out_init(&f.out, STDOUT_FILENO, "stdout", OUT_SIZE, OUT_QUEUE);
    if (c->rejects)
        refusals_open(&f.rejects, c->rejects);
    if (c->late)
        refusals_open(&f.late, c->late);
    f.agg = agg_new(c, &f.out, c->rejects ? &f.rejects : NULL, c->late ? &f.late : NULL);
    agg_resume(f.agg);
    if (c->ready_fd >= 0)
        ready_tell(c->ready_fd, "\n", 1);
    for (char **file = c->files; *file && !f.is_over && !agg_is_stopped(f.agg); file++)
        read_input(&f, *file);
    if (!agg_is_stopped(f.agg))
        agg_end(f.agg);
    out_close(&f.out);
    if (c->rejects)
        out_close(&f.rejects);
    if (c->late)
        out_close(&f.late);
    if (die_verbosity() > 0)
        agg_report_counts(f.agg);
    bool failed = f.failed || agg_is_stopped(f.agg) || agg_has_failed(f.agg);
    agg_free(f.agg);
    return failed ? EXIT_FAILED : EXIT_FINE;
}

int main(int argc, char **argv)
{
    die_init("statsd-agg");
    hugepages_init();
    struct config config = parse_args(argc, argv);
    int code = (int)run(&config);
    timer_statistics_free(config.statistics);
    free((char *)config.self_series.text);
    free(config.tags);
    return code;
}
