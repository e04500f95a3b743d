/* statsd-table: aggregates → a table to read. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "blocks.h"
#include "filter/lines.h"
#include "filter/opt.h"
#include "filter/refusals.h"
#include "filter/signals.h"
#include "format/aggregate.h"
#include "format/rows.h"

static const char usage_line[] = "usage: statsd-table [-hqsvV] [-c list] [-l bytes] [--sort column] [--head n] "
                                 "[--type list] [--tsv] [option]... [file]...";

static const char summary[] = "Reads aggregates from files, or from stdin, and shows each series as a row of a table.";

static const char examples[] = "  statsd-parse lines.txt | statsd-agg --once -p 50,99 | statsd-table\n"
                               "  statsd-recv | statsd-agg -i 1 | statsd-table -c count,mean,upper_90 --sort count\n";

enum { OPT_SORT = OPT_LONG, OPT_HEAD, OPT_TYPE, OPT_NUMBERS, OPT_TSV, OPT_MAX_SERIES, OPT_REJECTS, OPT_DRAIN };

static const struct opt_row rows[] = {
    { 0, "What is shown", NULL, NULL },
    { 'c', "columns", "LIST", "these statistics only: count,mean,upper_99" },
    { OPT_TYPE, "type", "LIST", "these types only, of c,ms,g,s,own (c,ms,g,s)" },
    { OPT_SORT, "sort", "COLUMN", "largest first; `series` by name; -COLUMN turns it" },
    { OPT_HEAD, "head", "N", "only the first N rows of each table" },
    { 0, "How it is shown", NULL, NULL },
    { OPT_NUMBERS, "numbers", "WORD", "short or full (short on a terminal, else full)" },
    { OPT_TSV, "tsv", NULL, "one table between TABs, with a heading" },
    { 0, "What is read", NULL, NULL },
    { 'l', "max-line", "BYTES", "longest line, others are dropped (65536)" },
    { OPT_MAX_SERIES, "max-series", "N", "most rows of one interval (1000000)" },
    { OPT_REJECTS, "rejects", "FILE", "append what is refused, and why, to FILE" },
    { 's', "strict", NULL, "end with exit 1 at the first bad aggregate" },
    { OPT_DRAIN, "drain", "SEC", "read on so long after TERM or INT (5)" },
    { 0, "What is said", NULL, NULL },
    { 'q', "quiet", NULL, "say only what ends the program" },
    { 'v', "verbose", NULL, "say at the end how much there was" },
    OPT_ROWS_COMMON,
};

static const struct opt_program program = { usage_line, summary, rows, examples };

struct config {
    struct blocks_options blocks;
    struct span *columns; /* owned; blocks.selection shows them */
    size_t max_line;
    int64_t drain;       /* milliseconds */
    const char *rejects; /* a path, or NULL */
    char **files;        /* ends with NULL; `-` is stdin */
    bool strict;
    int verbosity;
};

/* The next word of a list between commas, which is not empty. */
static struct span next_word(const struct opt *o, const char **list)
{
    struct span word = { *list, strcspn(*list, ",") };
    if (!word.length)
        opt_fail(o, "bad list %s: expected words separated by commas", quote(o->value, strlen(o->value)).text);
    *list = word.text + word.length;
    return word;
}

static void parse_columns(struct config *c, const struct opt *o)
{
    struct selection *s = &c->blocks.selection;
    c->columns = xreallocarray(c->columns, strlen(o->value) + 1, sizeof *c->columns);
    s->columns = c->columns;
    s->column_count = 0;
    const char *list = o->value;
    do {
        struct span name = next_word(o, &list);
        size_t i = 0;
        while (i < s->column_count && !span_equal(c->columns[i], name))
            i++;
        if (i == s->column_count)
            c->columns[s->column_count++] = name;
    } while (*list++);
}

static unsigned parse_types(const struct opt *o)
{
    unsigned types = 0;
    const char *list = o->value;
    do {
        struct span word = next_word(o, &list);
        int type = 0;
        while (type < AGGREGATE_TYPES && !span_is(word, aggregate_type_letters((enum aggregate_type)type)))
            type++;
        if (type == AGGREGATE_TYPES)
            opt_fail(o, "unknown type %s: expected c, ms, g, s or own", quote(word.text, word.length).text);
        types |= 1u << type;
    } while (*list++);
    return types;
}

static void parse_sort(struct selection *s, const struct opt *o)
{
    s->reversed = o->value[0] == '-';
    s->sort = (struct span){ o->value + s->reversed, strlen(o->value) - s->reversed };
    if (!s->sort.length)
        opt_fail(o, "bad column %s: expected series or a statistic", quote(o->value, strlen(o->value)).text);
}

static enum numbers parse_numbers(const struct opt *o)
{
    static const char *const words[] = { "short", "full", NULL };
    return opt_choice(o, words) ? NUMBERS_FULL : NUMBERS_SHORT;
}

static void take_option(struct config *c, int id, const struct opt *o)
{
    switch (id) {
    case 'c': parse_columns(c, o); break;
    case OPT_TYPE: c->blocks.types = parse_types(o); break;
    case OPT_SORT: parse_sort(&c->blocks.selection, o); break;
    case OPT_HEAD: c->blocks.selection.head = opt_uint(o, 1, GRID_ROWS_MAX); break;
    case OPT_NUMBERS: c->blocks.numbers = parse_numbers(o); break;
    case OPT_TSV: c->blocks.tsv = true; break;
    case 'l': c->max_line = opt_size(o, 1, 1 << 30); break;
    case OPT_MAX_SERIES: c->blocks.max_series = opt_uint(o, 1, GRID_ROWS_MAX); break;
    case OPT_REJECTS: c->rejects = o->value; break;
    case 's': c->strict = true; break;
    case OPT_DRAIN: c->drain = opt_duration(o, 0, 86400000); break;
    case 'q': c->verbosity = -1; break;
    case 'v': c->verbosity = 1; break;
    }
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .max_line = LINES_MAX_DEFAULT, .drain = 5000 };
    c.blocks.selection.head = GRID_ROWS_MAX;
    c.blocks.max_series = 1000000;
    c.blocks.types = (1u << AGGREGATE_TYPES) - 1 - (1u << AGGREGATE_OWN);
    struct opt o;
    int id;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    c.files = opt_files(&o);
    if (c.blocks.tsv && c.blocks.numbers == NUMBERS_SHORT)
        die_usage(usage_line, "--numbers: short does not go with --tsv, whose numbers are full");
    die_set_verbosity(c.verbosity);
    return c;
}

enum { OUT_SIZE = 1 << 18 };

/* What goes through the program. */
struct flow {
    const struct config *config;
    struct blocks blocks;
    struct refusals refusals;
    struct complaint unknown; /* lines of a type of a later version */
    struct out out, rejects;
    const char *where; /* the file under way */
    uint64_t lines;
    int64_t drain_until; /* monotonic, in milliseconds; 0: nobody has asked for the end */
    bool stopped;        /* strict has seen something bad, or the time to drain is over */
    bool failed;         /* exit 1 */
};

static void say_counts(const struct flow *f)
{
    const struct blocks *b = &f->blocks;
    say("%llu lines, %llu intervals, %llu rows, %llu bad, %llu unknown, %llu left out", (unsigned long long)f->lines,
        (unsigned long long)b->intervals, (unsigned long long)b->row_count,
        (unsigned long long)f->refusals.complaint.total, (unsigned long long)f->unknown.total,
        (unsigned long long)b->left_out.total);
}

static void flush(struct flow *f)
{
    out_flush(&f->out);
    if (f->refusals.rejects)
        out_flush(&f->rejects);
}

static void refuse(struct flow *f, const struct rows_refusal *r, const struct line *line, uint64_t number)
{
    refusals_add(&f->refusals, &(struct refusal){
                                   .time = clock_wall_ms(),
                                   .where = f->where,
                                   .line = number,
                                   .what = r->what,
                                   .culprit = r->culprit,
                                   .why = r->why,
                                   .bytes = { line->text, line->length },
                               });
    if (f->config->strict)
        f->stopped = f->failed = true;
}

static void handle(struct flow *f, enum lines_status status, const struct line *line, uint64_t number)
{
    struct rows_line row = { { line->text, line->length }, line->torn, status == LINES_TOO_LONG };
    struct rows_refusal refused;
    if (!line->length)
        return;
    f->lines++;
    if (blocks_line(&f->blocks, &row, f->where, number, &refused))
        return;
    if (refused.is_unknown)
        complain(&f->unknown, "%s:%llu: %s %s: %s", f->where, (unsigned long long)number, refused.what,
                 quote(refused.culprit.text, refused.culprit.length).text, refused.why);
    else
        refuse(f, &refused, line, number);
}

static void take_signals(struct flow *f)
{
    struct signals signals = signals_take();
    if (signals.status)
        say_counts(f);
    if (signals.end)
        f->drain_until = clock_monotonic_ms() + f->config->drain;
}

/* Waits until there is something to read, for at most so many milliseconds; -1: forever. */
static bool wait_readable(struct flow *f, int fd, int64_t milliseconds)
{
    struct pollfd polled[] = { { .fd = fd, .events = POLLIN }, { .fd = signals_fd(), .events = POLLIN } };
    int ready = poll(polled, 2, (int)milliseconds);
    if (ready > 0 && polled[1].revents)
        take_signals(f);
    return ready > 0 && polled[0].revents;
}

/* Flushes and waits if there is nothing to read. Ends an interval that no row can be awaited to end. */
static void wait_for_input(struct flow *f, int fd)
{
    int64_t silent_since = clock_monotonic_ms();
    bool readable = wait_readable(f, fd, 0);
    while (!f->stopped) {
        int64_t now = clock_monotonic_ms(), left = -1;
        if (f->drain_until && now >= f->drain_until) {
            f->stopped = true;
            f->failed |= readable; /* there was more */
            break;
        }
        if (readable)
            break;
        bool can_end = f->blocks.is_open && !f->blocks.rows.has_ends;
        if (can_end && now - silent_since >= ROWS_SILENCE) {
            blocks_end(&f->blocks);
            can_end = false;
        }
        flush(f);
        if (can_end)
            left = silent_since + ROWS_SILENCE - now;
        if (f->drain_until && (left < 0 || left > f->drain_until - now))
            left = f->drain_until - now;
        readable = wait_readable(f, fd, left);
    }
}

static void fail_file(struct flow *f, const char *what, int error)
{
    say("%s %s: %s", what, f->where, strerror(error));
    f->failed = true;
}

/* Takes the lines that have been read. False after the last. */
static bool take_lines(struct flow *f, struct lines *in)
{
    struct line line;
    enum lines_status status = LINES_MORE;
    while (!f->stopped && (status = lines_next(in, &line)) < LINES_MORE)
        handle(f, status, &line, in->number);
    return !f->stopped && status == LINES_MORE;
}

static void read_lines(struct flow *f, struct lines *in)
{
    while (take_lines(f, in)) {
        wait_for_input(f, in->fd);
        if (f->stopped)
            return;
        int error = lines_fill(in);
        if (error)
            fail_file(f, "read", error);
    }
}

static void read_file(struct flow *f, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0;
    struct lines in;
    f->where = is_stdin ? "stdin" : name;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fail_file(f, "open", errno);
        return;
    }
    if (isatty(fd) == 1)
        warn("reading from the terminal: end with ^D");
    lines_init(&in, fd, f->config->max_line);
    read_lines(f, &in);
    lines_free(&in);
    if (!is_stdin)
        close(fd);
}

static int run(struct flow *f)
{
    for (char **file = f->config->files; *file && !f->stopped; file++)
        read_file(f, *file);
    blocks_end(&f->blocks);
    complaint_summary(&f->refusals.complaint);
    complaint_summary(&f->unknown);
    flush(f);
    blocks_say_unseen(&f->blocks);
    if (die_verbosity() > 0)
        say_counts(f);
    return f->failed ? EXIT_FAILED : EXIT_FINE;
}

static void open_rejects(struct flow *f)
{
    const char *name = f->config->rejects;
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", name);
    out_init(&f->rejects, fd, name, 1 << 16, OUT_SAY_CLOSED);
    f->refusals.rejects = &f->rejects;
}

int main(int argc, char **argv)
{
    die_init("statsd-table");
    struct config c = parse_args(argc, argv);
    struct flow f = { .config = &c, .unknown = { .what = "lines of an unknown type" } };
    f.refusals = (struct refusals){ .complaint = { .what = "bad aggregates" }, .strict = c.strict };
    /* Before anything is opened that could get their numbers. */
    if (fcntl(STDIN_FILENO, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != STDIN_FILENO) /* as unreadable */
        die_errno("open /dev/null");
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
        die_errno("write stdout");
    signals_init();
    out_init(&f.out, STDOUT_FILENO, "stdout", OUT_SIZE, OUT_BLOCKING);
    blocks_init(&f.blocks, &c.blocks, &f.out);
    if (c.rejects)
        open_rejects(&f);
    int status = run(&f);
    out_close(&f.out);
    if (c.rejects)
        out_close(&f.rejects);
    blocks_free(&f.blocks);
    free(c.columns);
    return status;
}
