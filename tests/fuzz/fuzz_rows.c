/* Any bytes as rows of aggregates: of what row_plain takes, aggregate_parse finds the same columns,
 * and takes it too where its kind is a good one. The time to compare with is that of the row
 * before. And the bytes as a stream, by points_rows and points_line and by the latter alone: the
 * points are the same. */
#include "format/points.h"
#include "format/row_plain.h"
#include "fuzz.h"

static bool is_at(struct span column, const char *from, const char *end)
{
    return column.text == from && column.length == (size_t)(end - from);
}

/* What is in the kind has not been looked at: a line end perhaps, and then it is not a good one. */
static void check_kind(const char *line, const char *next, const struct row *row)
{
    struct aggregate a;
    struct span culprit;
    bool is_good = row_plain_kind(line, next, &a);
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

static void check_row(const char *line, const char *next, const char *end, const struct row *row, struct span time)
{
    size_t series = (size_t)(row->kind - line), value = (size_t)(row->value_end - row->value);
    const char *semicolon = memchr(line, ';', series);
    require(series && !memchr(line, '\\', series) && !memchr(line, '\n', series) && *row->kind == '\t');
    require(row->name_end == (semicolon ? semicolon : row->kind));
    require(next <= end && next[-1] == '\n' && row->value[-1] == '\t' && *row->value_end == '\t');
    require(value <= ROW_VALUE_MOST && !memchr(row->value, '\n', value));
    require(span_equal(time, (struct span){ row->value_end + 1, (size_t)(next - 1 - row->value_end - 1) }));
    require(end - row->name_end >= ROW_READABLE && end - row->value >= ROW_READABLE);
    check_kind(line, next, row);
}

static void check_rows(const char *text, const char *end)
{
    struct row_time time = { 0, 0, 0 };
    struct row row;
    struct aggregate a;
    struct span time_text = SPAN(""), culprit;
    for (const char *p = text; p < end;) {
        const char *next = time.length ? row_plain(&time, p, end, &row) : NULL;
        if (next)
            check_row(p, next, end, &row, time_text);
        const char *newline = line_end(p, end);
        if (aggregate_parse(p, (size_t)(newline - p), &a, &culprit) == AGGREGATE_OK && row_time(a.time_text).length) {
            time = row_time(a.time_text);
            time_text = a.time_text;
        }
        p = newline + 1;
    }
}

/* What the owner of the points is told, as one number. */
struct sum {
    uint64_t hash;
};

static void mix(struct sum *s, struct span text)
{
    for (size_t i = 0; i < text.length; i++)
        s->hash = (s->hash ^ (unsigned char)text.text[i]) * UINT64_C(0x100000001b3);
    s->hash = (s->hash ^ text.length) * UINT64_C(0x100000001b3);
}

static void mix_point(void *self, const struct point *p)
{
    mix(self, p->series);
    mix(self, p->time_text);
    mix(self, (struct span){ NULL, 0 });
    for (size_t i = 0; i < p->count; i++) {
        mix(self, p->values[i].statistic);
        mix(self, p->values[i].value);
    }
}

static void mix_end(void *self, int64_t time)
{
    mix(self, (struct span){ (const char *)&time, sizeof time });
}

static uint64_t sum_of(const char *text, const char *end, bool is_fast)
{
    static const struct points_owner owner = { .point = mix_point, .end = mix_end };
    struct sum sum = { 0 };
    struct points points;
    struct rows_refusal refused;
    uint64_t count = 0;
    points_init(&points, &owner, &sum, "statsd-x", 4096);
    for (const char *p = text; p < end;) {
        if (is_fast)
            p = points_rows(&points, p, end, &count);
        const char *newline = line_end(p, end);
        if (p < end &&
            !points_line(&points, &(struct rows_line){ { p, (size_t)(newline - p) }, false, false }, &refused))
            mix(&sum, refused.culprit);
        p = newline + 1;
    }
    points_end(&points);
    points_free(&points);
    return sum.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    const char *end = text + size;
    check_rows(text, end);
    require(sum_of(text, end, true) == sum_of(text, end, false));
    free(text);
    return 0;
}
