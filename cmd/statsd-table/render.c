#include "render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "shorten.h"
#include "width.h"

enum { GAP = 2 };

static const char bold_on[] = "\033[1m", bold_off[] = "\033[0m", ellipsis[] = "…";

/* A column of the sheet: the number of the grid's column (-1: the grid has none, so it is empty),
 * its heading and its width. */
struct sheet_column {
    int column;
    struct span heading; /* as shown; owned */
    size_t width;
};

/* The table of one type during layout. */
struct sheet {
    const struct grid *grid;
    const struct layout *layout;
    uint32_t *rows;
    size_t row_count;
    struct sheet_column *columns;
    size_t column_count;
    size_t name_width;
    size_t longest_name; /* of all types, so that the numbers of all tables start in the same
                          * column */
    double *values;
    char *shown; /* scratch for a name */
    size_t shown_capacity;
};

size_t render_time(int64_t time, char *text)
{
    int64_t milliseconds = time % 1000 < 0 ? time % 1000 + 1000 : time % 1000;
    time_t seconds = (time_t)((time - milliseconds) / 1000);
    struct tm utc = { 0 };
    size_t used = 0;
    if (gmtime_r(&seconds, &utc)) {
        used = strftime(text, RENDER_TIME_MAX - CLOCK_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &utc);
        if (milliseconds)
            used += (size_t)snprintf(text + used, 5, ".%03d", (int)milliseconds);
        memcpy(text + used, " UTC  ", 6);
        used += 6;
    }
    return used + clock_format(time, text + used);
}

/* --- laying out ------------------------------------------------------------------------------- */

/* Returns the name as shown. It is in the sheet's scratch buffer, valid until the next call. */
static struct span show_name(struct sheet *s, struct span escaped)
{
    size_t wanted = escaped.length * 5 + 1;
    if (wanted > s->shown_capacity) {
        s->shown_capacity = wanted;
        s->shown = xreallocarray(s->shown, wanted, 1);
    }
    char *plain = s->shown + escaped.length * 4;
    size_t length = (size_t)(aggregate_unescape(plain, escaped) - plain);
    char *end = width_show(s->shown, (struct span){ plain, length });
    return (struct span){ s->shown, (size_t)(end - s->shown) };
}

static size_t format(const struct sheet *s, double value, char *text)
{
    return s->layout->shorten ? shorten_number(value, text) : number_format(value, text);
}

static void add_column(struct sheet *s, int column, struct span name)
{
    struct span shown = show_name(s, name);
    struct span heading = { xstrndup(shown.text, shown.length), shown.length };
    s->columns[s->column_count++] = (struct sheet_column){ column, heading, width_of(heading) };
}

static void choose_columns(struct sheet *s, const struct selection *selection, enum aggregate_type type)
{
    const struct grid_columns *present = &s->grid->columns[type];
    size_t most = selection->columns ? selection->column_count : present->count;
    s->columns = xreallocarray(NULL, most + 1, sizeof *s->columns);
    for (size_t i = 0; i < most; i++) {
        struct span name = selection->columns ? selection->columns[i] : present->names[i];
        if (!selection->columns)
            add_column(s, (int)i, name);
        else if (view_has_column(name, type))
            add_column(s, grid_column(s->grid, type, name), name);
    }
}

static void widen(size_t *width, size_t wanted)
{
    if (*width < wanted)
        *width = wanted;
}

static void measure_names(struct sheet *s, enum aggregate_type type)
{
    if (s->row_count)
        widen(&s->longest_name, strlen(aggregate_type_plural(type)));
    for (size_t i = 0; i < s->row_count; i++)
        widen(&s->longest_name, width_of(show_name(s, s->grid->rows[s->rows[i]].series)));
}

static void measure_numbers(struct sheet *s)
{
    char text[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < s->row_count; i++) {
        grid_values(s->grid, s->rows[i], s->values);
        for (size_t c = 0; c < s->column_count; c++) {
            struct sheet_column *column = &s->columns[c];
            if (column->column >= 0 && !isnan(s->values[column->column]))
                widen(&column->width, format(s, s->values[column->column], text));
        }
    }
}

/* On a terminal that is too narrow, names are cut, down to RENDER_NAME_MIN columns. Numbers never
 * are. */
static void fit_names(struct sheet *s)
{
    size_t numbers = 0;
    for (size_t c = 0; c < s->column_count; c++)
        numbers += s->columns[c].width + GAP;
    size_t left = s->layout->width > numbers ? s->layout->width - numbers : 0;
    if (left < RENDER_NAME_MIN)
        left = RENDER_NAME_MIN;
    bool cut = s->layout->width && s->longest_name > left;
    s->name_width = cut ? left : s->longest_name;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_text(struct out *out, const char *text)
{
    out_put(out, text, strlen(text));
}

static void put_spaces(struct out *out, size_t count)
{
    memset(out_room(out, count), ' ', count);
    out_added(out, count);
}

/* Writes a name, cut to the width of its column. Returns the number of columns left over. */
static size_t put_name(struct out *out, const struct sheet *s, struct span shown)
{
    size_t used = width_of(shown);
    if (used <= s->name_width) {
        out_put(out, shown.text, shown.length);
        return s->name_width - used;
    }
    struct span kept = width_cut(shown, s->name_width - 1, &used);
    out_put(out, kept.text, kept.length);
    put_text(out, ellipsis);
    return s->name_width - 1 - used;
}

static void put_headings(struct out *out, const struct sheet *s, const char *type_name)
{
    if (s->layout->bold)
        put_text(out, bold_on);
    size_t spaces = put_name(out, s, (struct span){ type_name, strlen(type_name) });
    for (size_t c = 0; c < s->column_count; c++) {
        const struct sheet_column *column = &s->columns[c];
        put_spaces(out, spaces + GAP + column->width - width_of(column->heading));
        out_put(out, column->heading.text, column->heading.length);
        spaces = 0;
    }
    if (s->layout->bold)
        put_text(out, bold_off);
    put_text(out, "\n");
}

/* Spaces are written only when something follows them, so that no line ends in spaces. */
static void put_row(struct out *out, struct sheet *s, size_t row)
{
    char text[NUMBER_TEXT_MAX];
    size_t spaces = put_name(out, s, show_name(s, s->grid->rows[row].series));
    grid_values(s->grid, row, s->values);
    for (size_t c = 0; c < s->column_count; c++) {
        const struct sheet_column *column = &s->columns[c];
        bool there = column->column >= 0 && !isnan(s->values[column->column]);
        size_t length = there ? format(s, s->values[column->column], text) : 0;
        spaces += GAP + column->width - length;
        if (!there)
            continue;
        put_spaces(out, spaces);
        out_put(out, text, length);
        spaces = 0;
    }
    put_text(out, "\n");
}

static void put_sheet(struct out *out, struct sheet *s, const struct selection *selection, enum aggregate_type type)
{
    choose_columns(s, selection, type);
    measure_numbers(s);
    fit_names(s);
    put_headings(out, s, aggregate_type_plural(type));
    for (size_t i = 0; i < s->row_count; i++)
        put_row(out, s, s->rows[i]);
    for (size_t c = 0; c < s->column_count; c++)
        free((char *)s->columns[c].heading.text);
    free(s->columns);
    s->columns = NULL;
    s->column_count = 0;
}

void render_interval(struct out *out, const struct grid *t, const struct selection *s, const struct layout *l,
                     int64_t time)
{
    char text[RENDER_TIME_MAX];
    struct sheet sheet = { .grid = t, .layout = l };
    uint32_t *rows = xreallocarray(NULL, t->row_count + 1, sizeof *rows), *next = rows;
    size_t counts[AGGREGATE_TYPES];
    sheet.values = xreallocarray(NULL, GRID_COLUMNS_MAX, sizeof *sheet.values);
    for (int type = 0; type < AGGREGATE_TYPES; type++, next += sheet.row_count) {
        sheet.rows = next;
        counts[type] = sheet.row_count = view_rows(t, s, (enum aggregate_type)type, next);
        measure_names(&sheet, (enum aggregate_type)type);
    }
    out_put(out, text, render_time(time, text));
    put_text(out, next == rows ? "  no series\n" : "\n");
    sheet.rows = rows;
    for (int type = 0; type < AGGREGATE_TYPES; type++, sheet.rows += sheet.row_count) {
        sheet.row_count = counts[type];
        if (!sheet.row_count)
            continue;
        put_text(out, "\n");
        put_sheet(out, &sheet, s, (enum aggregate_type)type);
    }
    free(rows);
    free(sheet.values);
    free(sheet.shown);
}
