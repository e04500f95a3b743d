/* statsd-parse: StatsD lines from files → records. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/lines.h"
#include "filter/opt.h"
#include "filter/progress.h"
#include "filter/signals.h"
#include "wire/options.h"
#include "wire/reader.h"

static const char usage_line[] =
    "usage: statsd-parse [-hqsvV] [-l bytes] [--tags list] [--time seconds] [--check] [option]... [file]...";

static const char summary[] = "Reads StatsD lines from files, or from stdin, and writes each sample as a record.";

static const char examples[] = "  printf 'api.requests:1|c\\nrender:12:15:11|ms\\n' | statsd-parse\n"
                               "  statsd-parse --check capture.txt\n";

enum { OPT_TIME = OPT_LONG, OPT_CHECK, OPT_REJECTS, OPT_DRAIN };

static const struct opt_row rows[] = {
    { 0, "What is accepted", NULL, NULL },
    WIRE_OPTION_ROWS,
    { 'l', "max-line", "BYTES", "longest line, others are dropped (65536)" },
    { 0, "What is written", NULL, NULL },
    { OPT_TIME, "time", "SECONDS", "Unix time of lines that bring none (now)" },
    { OPT_CHECK, "check", NULL, "write no records, exit 1 if anything is bad" },
    { OPT_REJECTS, "rejects", "FILE", "append what is refused, and why, to FILE" },
    { 0, "When it ends", NULL, NULL },
    { 's', "strict", NULL, "at the first bad thing, with exit 1" },
    { OPT_DRAIN, "drain", "SEC", "so long after TERM or INT, or at EOF (2)" },
    { 0, "What is said", NULL, NULL },
    { 'q', "quiet", NULL, "say only what ends the program" },
    { 'v', "verbose", NULL, "say at the end how much there was" },
    OPT_ROWS_COMMON,
};

static const struct opt_program program = { usage_line, summary, rows, examples };

struct config {
    struct reader_options reader;
    int64_t time; /* milliseconds, of lines that bring none; only where has_time */
    bool has_time;
    bool strict;
    int64_t drain;       /* milliseconds that a first TERM or INT leaves to read what is on its way */
    const char *rejects; /* a path, or NULL */
    char **files;        /* ends with NULL; `-` is stdin */
    int verbosity;
};

static int64_t parse_time(const struct opt *o)
{
    int64_t time;
    if (!clock_parse(o->value, strlen(o->value), &time))
        opt_fail(o, "bad time %s: expected Unix seconds", quote(o->value, strlen(o->value)).text);
    return time;
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'l': c->reader.max_line = opt_size(o, 1, 1 << 30); break;
    case OPT_TIME:
        c->time = parse_time(o);
        c->has_time = true;
        break;
    case OPT_CHECK: c->reader.check = true; break;
    case OPT_DRAIN: c->drain = opt_duration(o, 0, 24 * 3600 * 1000); break;
    case OPT_REJECTS: c->rejects = o->value; break;
    case 's': c->strict = true; break;
    case 'q': c->verbosity = -1; break;
    case 'v': c->verbosity = 1; break;
    default: wire_options_take(id, o, &c->reader.wire);
    }
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .reader = { .wire = wire_defaults, .max_line = LINES_MAX_DEFAULT }, .drain = 2000 };
    struct opt o;
    int id;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    c.files = opt_files(&o);
    die_set_verbosity(c.verbosity);
    return c;
}

enum { OUT_SIZE = 1 << 18 };

/* What goes through the program. */
struct flow {
    const struct config *config;
    struct reader reader;
    struct reader_counts counts;
    struct refusals refusals;
    const char *where; /* the file under way */
    struct out records, rejects;
    struct progress progress;
    int64_t drain_until; /* monotonic, in milliseconds; 0: nobody has asked for the end */
    bool is_over;        /* the time to drain is over */
    bool failed;         /* a file could not be read to its end */
};

static void flush(struct flow *f)
{
    out_flush(&f->records);
    if (f->refusals.rejects)
        out_flush(&f->rejects);
}

/* `12 lines, 14 records, 2 bad, 1 other`, whatever the verbosity. */
static void say_counts(const struct reader_counts *c)
{
    say("%llu lines, %llu records, %llu bad, %llu other", (unsigned long long)c->lines, (unsigned long long)c->records,
        (unsigned long long)c->bad, (unsigned long long)c->other);
}

static void take_signals(struct flow *f)
{
    struct signals signals = signals_take();
    if (signals.status)
        say_counts(&f->counts);
    if (signals.end)
        f->drain_until = clock_monotonic_ms() + f->config->drain;
}

/* What ends the program with 1, though not at once, is said with --quiet too. */
static void fail_file(struct flow *f, const char *what, const char *reason)
{
    say("%s %s: %s", what, f->where, reason);
    f->failed = true;
}

/* Milliseconds for which reading may go on; -1: for ever. */
static int time_left(const struct flow *f)
{
    int64_t left = f->drain_until - clock_monotonic_ms();
    return !f->drain_until ? -1 : left > 0 ? (int)left : 0;
}

/* Flushes and waits if there is nothing to read. False when the time to read on is over. */
static bool wait_for_input(struct flow *f, const struct lines *in)
{
    struct pollfd polled[] = {
        { .fd = in->fd, .events = POLLIN },
        { .fd = signals_fd(), .events = POLLIN },
        { .fd = out_fd(&f->records) },
    };
    for (int wait = 0;; wait = time_left(f)) {
        poll(polled, 3, wait);
        if (polled[2].revents & POLLERR)
            out_reader_gone(&f->records);
        if (polled[1].revents)
            take_signals(f);
        if (polled[0].revents && time_left(f) != 0)
            return true;
        flush(f);
        f->is_over = time_left(f) == 0;
        if (f->is_over && polled[0].revents)
            fail_file(f, "read", "ended by a signal before the end");
        if (f->is_over)
            return false;
    }
}

/* Reads the lines that are buffered. False when more cannot come, or are not wanted. */
static bool read_lines(struct flow *f, struct lines *in)
{
    int64_t now = f->config->has_time ? f->config->time : clock_wall_ms();
    reader_open_lines(&f->reader, in, now, (struct reader_origin){ .file = f->where });
    return reader_run(&f->reader) == READER_DONE && !in->ended;
}

static void handle(struct flow *f, struct lines *in)
{
    while (read_lines(f, in) && wait_for_input(f, in)) {
        int error = lines_fill(in);
        if (error)
            fail_file(f, "read", strerror(error));
        progress_show(&f->progress);
    }
}

static void read_file(struct flow *f, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    f->where = is_stdin ? "stdin" : path;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail_file(f, "open", strerror(errno));
        return;
    }
    if (isatty(fd))
        warn("reading from the terminal: end with ^D");
    struct lines in;
    lines_init(&in, fd, f->config->reader.max_line);
    progress_begin(&f->progress, fd);
    handle(f, &in);
    progress_end(&f->progress);
    lines_free(&in);
    if (!is_stdin)
        close(fd);
}

static void open_rejects(struct flow *f, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", path);
    out_init(&f->rejects, fd, path, OUT_SIZE, OUT_SAY_CLOSED);
}

static int run(const struct config *c)
{
    struct flow f = { .config = c, .refusals = { .complaint = { .what = "bad" }, .strict = c->strict } };
    signals_init();
    out_init(&f.records, STDOUT_FILENO, "stdout", OUT_SIZE, OUT_BLOCKING);
    if (c->rejects)
        open_rejects(&f, c->rejects);
    f.refusals.rejects = c->rejects ? &f.rejects : NULL;
    reader_init(&f.reader, &c->reader, &f.records, &f.refusals, &f.counts);
    for (char **file = c->files; *file && !f.is_over && !f.reader.stopped; file++)
        read_file(&f, *file);
    out_close(&f.records);
    if (c->rejects)
        out_close(&f.rejects);
    complaint_summary(&f.refusals.complaint);
    if (c->verbosity > 0)
        say_counts(&f.counts);
    bool is_bad = f.counts.bad && (c->reader.check || c->strict);
    reader_free(&f.reader);
    return f.failed || is_bad ? EXIT_FAILED : EXIT_FINE;
}

int main(int argc, char **argv)
{
    die_init("statsd-parse");
    struct config config = parse_args(argc, argv);
    return run(&config);
}
