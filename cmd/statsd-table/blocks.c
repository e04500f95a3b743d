#include "blocks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "render.h"

static bool wants_bold(void)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") != 0;
}

/* The terminal may have another size by the next block. 0: it does not say, and COLUMNS neither. */
static size_t terminal_width(const struct blocks *b)
{
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(b->out->fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
#endif
    const char *columns = getenv("COLUMNS");
    double width;
    bool said = columns && number_parse(columns, strlen(columns), &width) == NUMBER_OK && width >= 1 && width <= 65535;
    return said ? (size_t)width : 0;
}

static struct layout layout_of(const struct blocks *b)
{
    enum numbers numbers = b->options->numbers;
    return (struct layout){
        .shorten = numbers == NUMBERS_SHORT || (numbers == NUMBERS_FITTING && b->on_terminal),
        .bold = b->bold,
        .width = b->on_terminal ? terminal_width(b) : 0,
    };
}

static bool any_type_holds(const struct grid *t, struct span name)
{
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        if (grid_column(t, (enum aggregate_type)type, name) >= 0)
            return true;
    return false;
}

static void note_seen(struct blocks *b)
{
    const struct selection *s = &b->options->selection;
    for (size_t i = 0; i < s->column_count; i++)
        b->column_seen[i] = b->column_seen[i] || any_type_holds(&b->grid, s->columns[i]);
    b->sort_seen = b->sort_seen || span_is(s->sort, "series") || any_type_holds(&b->grid, s->sort);
}

static void add(struct blocks *b, const struct aggregate *a)
{
    enum grid_result result = grid_add(&b->grid, a);
    unsigned long long line = b->number;
    if (result == GRID_FULL)
        complain(&b->left_out, "%s:%llu: left out series %s: more than --max-series %zu in one interval", b->where,
                 line, quote(a->series.text, a->series.length).text, b->options->max_series);
    else if (result == GRID_WIDE)
        complain(&b->left_out, "%s:%llu: left out statistic %s: more than %d of one type in one interval", b->where,
                 line, quote(a->statistic.text, a->statistic.length).text, GRID_COLUMNS_MAX);
}

static bool take_row(void *self, const struct aggregate *a, struct rows_refusal *refused)
{
    struct blocks *b = self;
    bool wanted = b->options->types >> a->type & 1;
    (void)refused;
    if (wanted || a->type != AGGREGATE_OWN || aggregate_ends_interval(a))
        b->is_open = true;
    if (wanted)
        add(b, a);
    return true;
}

static void take_end(void *self)
{
    struct blocks *b = self;
    const struct selection *selection = &b->options->selection;
    if (!b->is_open)
        return;
    note_seen(b);
    if (b->options->tsv) {
        tsv_interval(&b->tsv, b->out, &b->grid, selection, b->rows.time);
    } else {
        struct layout layout = layout_of(b);
        if (b->intervals)
            out_put(b->out, "\n", 1);
        render_interval(b->out, &b->grid, selection, &layout, b->rows.time);
    }
    b->intervals++;
    b->row_count += b->grid.row_count;
    b->is_open = false;
    grid_clear(&b->grid);
    complaint_summary(&b->left_out);
}

void blocks_init(struct blocks *b, const struct blocks_options *options, struct out *out)
{
    static const struct rows_owner owner = { .row = take_row, .end = take_end };
    *b = (struct blocks){ .options = options, .out = out, .left_out = { .what = "aggregates left out" } };
    b->on_terminal = isatty(out->fd) == 1;
    b->bold = b->on_terminal && wants_bold();
    b->column_seen = xcalloc(options->selection.column_count, sizeof *b->column_seen);
    rows_init(&b->rows, &owner, b, die_program(), 0);
    grid_init(&b->grid, options->max_series);
    tsv_init(&b->tsv);
}

void blocks_free(struct blocks *b)
{
    free(b->column_seen);
    rows_free(&b->rows);
    grid_free(&b->grid);
    tsv_free(&b->tsv);
}

bool blocks_line(struct blocks *b, const struct rows_line *line, const char *where, uint64_t number,
                 struct rows_refusal *refused)
{
    b->where = where;
    b->number = number;
    return rows_line(&b->rows, line, refused);
}

void blocks_end(struct blocks *b)
{
    rows_end(&b->rows);
}

void blocks_say_unseen(const struct blocks *b)
{
    const struct selection *s = &b->options->selection;
    if (!b->row_count)
        return;
    for (size_t i = 0; i < s->column_count; i++)
        if (!b->column_seen[i])
            warn("--columns: no row has a statistic %s", quote(s->columns[i].text, s->columns[i].length).text);
    if (s->sort.length && !b->sort_seen)
        warn("--sort: no row has a statistic %s", quote(s->sort.text, s->sort.length).text);
}
