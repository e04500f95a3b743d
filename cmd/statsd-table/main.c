/* statsd-table: aggregates → a table to read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/xalloc.h"
#include "blocks.h"
#include "filter/filter.h"
#include "filter/bad_rows.h"
#include "format/aggregate.h"

enum { OPTION_SORT = OPT_LONG, OPTION_HEAD, OPTION_TYPE, OPTION_NUMBERS, OPTION_TSV };

static const struct opt_row rows[] = {
    OPT_HEADING("Selection"),
    { 'c', "columns", "LIST", "these statistics only, as in count,upper_99", "," STATISTICS_WORDS },
    { OPTION_TYPE, "type", "LIST", "of c, ms, g, s, own, these types only (" FAMILY_ITEMS ")",
      "," AGGREGATE_TYPE_LETTERS },
    { OPTION_SORT, "sort", "COLUMN", "largest first; `series' by name; -COLUMN reverses", "series" STATISTICS_WORDS },
    { OPTION_HEAD, "head", "N", "only the first N rows of each table", NULL },
    OPT_HEADING("Format"),
    { OPTION_NUMBERS, "numbers", "WORD", "`short' or `full' (short on a terminal)", "short full" },
    { OPTION_TSV, "tsv", NULL, "one table, separated by TABs, with a heading", NULL },
    OPT_HEADING("Input"),
    FILTER_ROW_MAX_LINE,
    FILTER_ROW_MAX_SERIES,
    FILTER_ROW_STRICT,
    FILTER_ROW_REJECTS,
    FILTER_ROW_REJECTS_MAX,
    FILTER_ROW_DRAIN,
    OPT_HEADING("General"),
    OPT_ROWS_GENERAL,
};

static const struct opt_program program = {
    .summary = "Read aggregates from files or standard input and show each series as a row of a table.",
    .rows = rows,
    .operands = "[file ...]",
    .operand_completions = OPT_FILES,
    .examples = "  statsd-parse lines.txt | statsd-agg --once | statsd-table -c count,sum,mean\n"
                "  statsd-recv | statsd-agg -i 1 | statsd-table -c count,mean,upper_90 --sort count\n",
};

struct config {
    struct filter_options filter;
    struct blocks_options blocks;
    struct span *columns; /* owned; blocks.selection shows them */
    char **files;         /* ends with NULL; `-` is standard input */
};

/* The next word of a list between commas, which may not be empty. */
static bool next_word(const struct opt *o, struct list *list, struct span *word)
{
    bool found = list_next(list, word);
    if ((found && !word->length) || !*o->value)
        opt_fail(o, "bad list %s: expected words separated by commas", quote(o->value, strlen(o->value)).text);
    return found;
}

static void parse_columns(struct config *c, const struct opt *o)
{
    struct selection *s = &c->blocks.selection;
    struct list list = list_of(o->value);
    struct span name;
    c->columns = xreallocarray(c->columns, strlen(o->value) + 1, sizeof *c->columns);
    s->columns = c->columns;
    s->column_count = 0;
    while (next_word(o, &list, &name)) {
        size_t i = 0;
        while (i < s->column_count && !span_equal(c->columns[i], name))
            i++;
        if (i == s->column_count)
            c->columns[s->column_count++] = name;
    }
}

static unsigned parse_types(const struct opt *o)
{
    unsigned types = 0;
    struct list list = list_of(o->value);
    struct span word;
    while (next_word(o, &list, &word)) {
        int type = aggregate_type_find(word);
        if (type < 0)
            opt_fail(o, "unknown type %s: expected " AGGREGATE_TYPE_WORDS, quote(word.text, word.length).text);
        types |= 1u << type;
    }
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
    return opt_choice(o) ? NUMBERS_FULL : NUMBERS_SHORT; /* in the order of the row's words */
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case 'c': parse_columns(c, o); break;
    case OPTION_TYPE: c->blocks.types = parse_types(o); break;
    case OPTION_SORT: parse_sort(&c->blocks.selection, o); break;
    case OPTION_HEAD: c->blocks.selection.head = opt_uint(o, 1, GRID_ROWS_MAX); break;
    case OPTION_NUMBERS: c->blocks.numbers = parse_numbers(o); break;
    case OPTION_TSV: c->blocks.tsv = true; break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .filter = filter_defaults };
    c.blocks.selection.head = GRID_ROWS_MAX;
    c.blocks.types = (1u << AGGREGATE_TYPES) - 1 - (1u << AGGREGATE_OWN);
    struct opt o;
    opt_begin(&o, &program, argc, argv);
    filter_options_read(&c.filter, &o, take_option, &c);
    c.files = opt_files(&o);
    c.blocks.max_series = c.filter.max_series;
    if (c.blocks.tsv && c.blocks.numbers == NUMBERS_SHORT)
        opt_misuse(&o, "--numbers: short does not go with --tsv, whose numbers are full");
    return c;
}

/* What goes through the program. */
struct flow {
    struct filter filter;
    struct blocks blocks;
    struct bad_rows bad;
    uint64_t lines;
};

static void handle(struct flow *f, enum lines_status status, const struct line *line, uint64_t number)
{
    const struct rows_line row = { { line->text, line->length }, line->torn, status == LINES_TOO_LONG };
    struct rows_refusal refused;
    if (!line->length)
        return;
    f->lines++;
    if (!blocks_line(&f->blocks, &row, f->filter.where, number, &refused))
        bad_rows_add(&f->bad, f->filter.where, number, &refused, row.text);
}

static enum filter_next take(void *self, struct lines *in)
{
    struct flow *f = self;
    struct line line;
    enum lines_status status = LINES_MORE;
    if (in->cut)
        return FILTER_STOP;
    while (!bad_rows_end_run(&f->bad) && (status = lines_next(in, &line)) < LINES_MORE)
        handle(f, status, &line, in->number);
    f->filter.failed |= bad_rows_end_run(&f->bad);
    return bad_rows_end_run(&f->bad) ? FILTER_STOP : status == LINES_MORE ? FILTER_MORE : FILTER_END;
}

/* An interval that no row will end. */
static void quiet(void *self)
{
    struct flow *f = self;
    if (!f->blocks.rows.has_ends)
        blocks_end(&f->blocks);
}

static void end(void *self)
{
    struct flow *f = self;
    blocks_end(&f->blocks);
}

static void status(void *self)
{
    const struct flow *f = self;
    const struct blocks *b = &f->blocks;
    say("%llu lines, %llu intervals, %llu rows, %llu bad, %llu unknown, %llu left out", (unsigned long long)f->lines,
        (unsigned long long)b->intervals, (unsigned long long)b->row_count,
        (unsigned long long)f->bad.refusals.complaint.total, (unsigned long long)f->bad.unknown.total,
        (unsigned long long)b->left_out.total);
}

static void left(void *self, char *text)
{
    const struct flow *f = self;
    if (f->blocks.is_open)
        snprintf(text, FILTER_LEFT_MAX, "an open interval of %u series", (unsigned)f->blocks.grid.row_count);
}

static void summarise(void *self)
{
    struct flow *f = self;
    bad_rows_summarise(&f->bad);
    blocks_say_unseen(&f->blocks);
    if (die_verbosity() > 0)
        status(self);
}

int main(int argc, char **argv)
{
    static const struct filter_calls calls = {
        .take = take, .quiet = quiet, .end = end, .summarise = summarise, .status = status, .left = left
    };
    die_init("statsd-table");
    struct config c = parse_args(argc, argv);
    struct flow f = { .lines = 0 };
    filter_begin(&f.filter, &c.filter, c.blocks.tsv ? OUT_BLOCKING : OUT_RAW);
    bad_rows_init(&f.bad, &f.filter);
    blocks_init(&f.blocks, &c.blocks, &f.filter.out);
    enum exit_code code = filter_run(&f.filter, c.files, &calls, &f);
    blocks_free(&f.blocks);
    free(c.columns);
    return (int)code;
}
