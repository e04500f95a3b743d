/* Any bytes as rows of aggregates: for every row that aggregate_plain accepts, aggregate_parse
 * finds the same columns, and accepts it too if its kind is valid. The time to compare with is that
 * of the previous row, as in statsd-carbon. */
#include "format/aggregate.h"
#include "format/aggregate_plain.h"
#include "fuzz.h"

static bool is_at(struct span column, const char *from, const char *end)
{
    return column.text == from && column.length == (size_t)(end - from);
}

/* aggregate_plain does not check the kind. It may contain a line end, and is then not valid. */
static void check_kind(const char *line, const char *next, const struct aggregate_plain *row)
{
    struct aggregate a;
    struct span culprit;
    bool is_good = aggregate_plain_kind(line, next, &a);
    if (memchr(row->kind, '\n', (size_t)(row->value - row->kind))) {
        require(!is_good);
        return;
    }
    enum aggregate_error error = aggregate_parse(line, (size_t)(next - 1 - line), &a, &culprit);
    require(is_good == (error == AGGREGATE_OK));
    if (!is_good) {
        require(error == AGGREGATE_UNKNOWN_TYPE || error == AGGREGATE_BAD_STATISTIC || error == AGGREGATE_RECORD);
        return;
    }
    require(is_at(a.series, line, row->kind) && is_at(a.value, row->value, row->value_end));
    require(a.statistic.text > row->kind && is_at(a.statistic, a.statistic.text, row->value - 1));
    require(is_at(a.time_text, row->value_end + 1, next - 1));
}

static void check_row(const char *line, const char *next, const char *end, const struct aggregate_plain *row,
                      struct span time)
{
    size_t series = (size_t)(row->kind - line), value = (size_t)(row->value_end - row->value);
    const char *semicolon = memchr(line, ';', series);
    require(series && !memchr(line, '\\', series) && !memchr(line, '\n', series) && *row->kind == '\t');
    require(row->name_end == (semicolon ? semicolon : row->kind));
    require(next <= end && next[-1] == '\n' && row->value[-1] == '\t' && *row->value_end == '\t');
    require(value <= AGGREGATE_VALUE_MOST && !memchr(row->value, '\n', value));
    require(span_equal(time, (struct span){ row->value_end + 1, (size_t)(next - 1 - row->value_end - 1) }));
    require(end - row->name_end >= AGGREGATE_READABLE && end - row->value >= AGGREGATE_READABLE);
    check_kind(line, next, row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aggregate_time time = { 0, 0, 0 };
    struct aggregate_plain row;
    struct aggregate a;
    struct span time_text = SPAN(""), culprit;
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    const char *end = text + size;
    for (const char *p = text; p < end;) {
        const char *next = time.length ? aggregate_plain(&time, p, end, &row) : NULL;
        if (next)
            check_row(p, next, end, &row, time_text);
        const char *newline = line_end(p, end);
        if (aggregate_parse(p, (size_t)(newline - p), &a, &culprit) == AGGREGATE_OK &&
            aggregate_time(&time, a.time_text))
            time_text = a.time_text;
        p = newline + 1;
    }
    free(text);
    return 0;
}
