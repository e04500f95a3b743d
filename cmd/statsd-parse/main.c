/* statsd-parse: StatsD lines from files → records. */
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/filter.h"
#include "wire/options.h"
#include "wire/reader.h"

enum { OPTION_TIME = OPT_LONG, OPTION_CHECK };

static const struct opt_row rows[] = {
    OPT_HEADING("Input"),
    WIRE_OPTION_ROWS,
    FILTER_ROWS_LINES,
    FILTER_ROW_DRAIN,
    OPT_HEADING("Output"),
    { OPTION_TIME, "time", "TIME", "Unix time of lines without one (now)", NULL },
    { OPTION_CHECK, "check", NULL, "write no records, exit 1 if any input is rejected", NULL },
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read StatsD lines from files or standard input and write each sample as a record.",
    .rows = rows,
    .operands = "[file ...]",
    .operand_completions = OPT_FILES,
    .examples = "  printf 'api.requests:1|c\\nrender:12:15:11|ms\\n' | statsd-parse\n"
                "  statsd-parse --check capture.txt\n",
};

struct config {
    struct filter_options filter;
    struct reader_options reader;
    int64_t time; /* ms, of lines without a timestamp; only where has_time */
    bool has_time;
    char **files; /* ends with NULL; `-` is standard input */
};

static int64_t parse_time(const struct opt *o)
{
    int64_t time;
    if (!clock_parse(o->value, strlen(o->value), &time))
        opt_fail(o, "bad time %s: expected Unix seconds", quote(o->value, strlen(o->value)).text);
    return time;
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_TIME:
        c->time = parse_time(o);
        c->has_time = true;
        break;
    case OPTION_CHECK: c->reader.check = true; break;
    default: return wire_options_take(id, o, &c->reader.wire);
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults, .reader = { .wire = wire_defaults } };
    struct opt o;
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    c.files = opt_files(&o);
    c.reader.max_line = c.filter.max_line;
    return c;
}

/* What goes through the program. */
struct parse {
    const struct config *config;
    struct filter filter;
    struct refusals refusals;
    struct reader reader;
    struct reader_counts counts;
};

static enum filter_next take(void *self, struct lines *in)
{
    struct parse *p = self;
    int64_t now = p->config->has_time ? p->config->time : clock_wall_ms();
    if (in->cut)
        return FILTER_STOP;
    reader_open_lines(&p->reader, in, now, (struct reader_origin){ .file = p->filter.where });
    return reader_run(&p->reader) != READER_DONE ? FILTER_STOP : in->ended ? FILTER_END : FILTER_MORE;
}

static void status(void *self)
{
    const struct parse *p = self;
    const struct reader_counts *c = &p->counts;
    say("%llu lines, %llu records, %llu bad, %llu other", (unsigned long long)c->lines, (unsigned long long)c->records,
        (unsigned long long)c->bad, (unsigned long long)c->other);
}

static void summarise(void *self)
{
    struct parse *p = self;
    complaint_summary(&p->refusals.complaint);
    if (die_verbosity() > 0)
        status(self);
}

static enum exit_code run(const struct config *c)
{
    static const struct filter_calls calls = { .take = take, .summarise = summarise, .status = status };
    struct parse p = { .config = c };
    filter_begin(&p.filter, &c->filter, OUT_BLOCKING);
    p.refusals = (struct refusals){ .complaint = { .what = "bad lines" },
                                    .rejects = p.filter.rejects,
                                    .strict = c->filter.strict };
    reader_init(&p.reader, &c->reader, &p.filter.out, &p.refusals, &p.counts);
    enum exit_code code = filter_run(&p.filter, c->files, &calls, &p);
    reader_free(&p.reader);
    return p.counts.bad && (c->reader.check || c->filter.strict) ? EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
    die_init("statsd-parse");
    struct config config = parse_args(argc, argv);
    return (int)run(&config);
}
