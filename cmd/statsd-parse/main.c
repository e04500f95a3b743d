/* statsd-parse: StatsD lines from files → records. */
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "filter/filter.h"
#include "parser.h"
#include "wire/options.h"

enum { OPTION_TIME = OPT_LONG, OPTION_CHECK };

static const struct opt_row rows[] = {
    OPT_HEADING("Input"),
    WIRE_OPT_ROWS,
    FILTER_ROW_MAX_LINE,
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    OPT_HEADING("Output"),
    { OPTION_TIME, "time", "SECONDS", "Unix time of lines without one (now)", NULL },
    { OPTION_CHECK, "check", NULL, "write no records, exit 1 if any input is bad", NULL },
    OPT_HEADING("General"),
    FILTER_ROW_DRAIN,
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read StatsD lines from files or standard input and write each sample as a record.",
    .rows = rows,
    .operands = "[file ...]",
    .examples = "  printf 'api.requests:1|c\\nrender:12:15:11|ms\\n' | statsd-parse\n"
                "  statsd-parse --check capture.txt\n",
};

struct config {
    struct filter_options filter;
    struct parser_options parser;
    char **files; /* ends with NULL; `-` is standard input */
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
    case OPTION_TIME:
        c->parser.time = parse_time(o);
        c->parser.has_time = true;
        break;
    case OPTION_CHECK: c->parser.check = true; break;
    default:
        if (!filter_options_take(&c->filter, id, o))
            wire_opt_take(id, o, &c->parser.wire);
    }
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults, .parser = { .wire = wire_defaults } };
    struct opt o;
    int id;
    opt_begin(&o, &program, argc, argv);
    while ((id = opt_next(&o)) != -1)
        take_option(&c, id, &o);
    c.files = opt_files(&o);
    c.parser.strict = c.filter.strict;
    return c;
}

/* What goes through the program. */
struct parse {
    struct filter filter;
    struct parser parser;
};

static enum filter_next take(void *self, struct lines *in)
{
    struct parse *p = self;
    if (in->cut)
        return FILTER_STOP;
    p->parser.where = p->filter.where;
    parser_set_time(&p->parser, clock_wall_ms());
    enum lines_status status = parser_take_lines(&p->parser, in);
    return p->parser.stopped ? FILTER_STOP : status == LINES_MORE ? FILTER_MORE : FILTER_END;
}

static void status(void *self)
{
    const struct parse *p = self;
    parser_say_counts(&p->parser);
}

static void summarise(void *self)
{
    struct parse *p = self;
    complaint_summary(&p->parser.refusals.complaint);
    if (die_verbosity() > 0)
        status(self);
}

static enum exit_code run(const struct config *c)
{
    static const struct filter_calls calls = { .take = take, .summarise = summarise, .status = status };
    struct parse p;
    filter_begin(&p.filter, &c->filter, OUT_BLOCKING);
    parser_init(&p.parser, &c->parser, c->filter.max_line, &p.filter.out, p.filter.rejects);
    enum exit_code code = filter_run(&p.filter, c->files, &calls, &p);
    if (p.parser.refusals.complaint.total && (c->parser.check || c->parser.strict))
        code = EXIT_FAILED;
    parser_free(&p.parser);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-parse");
    struct config config = parse_args(argc, argv);
    return (int)run(&config);
}
