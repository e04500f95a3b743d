#include "filter/points_input.h"

void points_input_init(struct points_input *in, const struct filter *f, const struct points_owner *owner, void *self)
{
    bad_rows_init(&in->bad, f);
    points_init(&in->points, owner, self, die_program(), f->options->max_line);
    in->lines = 0;
}

void points_input_free(struct points_input *in)
{
    points_free(&in->points);
}

/* Takes the rows that can be taken in one stretch. */
static void take_rows(struct points_input *in, struct lines *lines)
{
    uint64_t count = 0;
    if (lines->dropping)
        return;
    const char *from = lines_begin(lines), *next = points_rows(&in->points, from, lines_end(lines), &count);
    if (next != from)
        lines_pass(lines, next, count);
    in->lines += count;
}

enum lines_status points_input_next(struct points_input *in, struct lines *lines, const char *where)
{
    struct line line;
    struct rows_refusal refused;
    take_rows(in, lines);
    enum lines_status status = lines_next(lines, &line);
    if (status >= LINES_MORE || !line.length)
        return status;
    const struct rows_line row = { { line.text, line.length }, line.torn, status == LINES_TOO_LONG };
    in->lines++;
    if (!points_line(&in->points, &row, &refused))
        bad_rows_add(&in->bad, where, lines->number, &refused, row.text);
    return status;
}

bool points_input_end_quiet(struct points_input *in)
{
    if (in->points.rows.has_ends)
        return false;
    points_end(&in->points);
    return true;
}
