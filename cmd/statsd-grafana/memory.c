#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/aggregate.h"

/* --- writing ---------------------------------------------------------------------------------- */

static void put_row(struct text *t, struct span series, enum aggregate_type type, const char *statistic, double value)
{
    const struct span word = { statistic, strlen(statistic) };
    char *room = text_room(t, aggregate_size(series, word));
    text_added(t, (size_t)(aggregate_write(room, series, type, word, value, SPAN("0")) - room));
}

/* The metric's name and tags, as in an aggregate; the caller frees it. */
static struct span make_series(const struct metric *m)
{
    struct text plain = { NULL, 0, 0 };
    text_put(&plain, (struct span){ m->name, m->length });
    for (size_t i = 0; i < m->tags.count; i++) {
        text_put_byte(&plain, ';');
        text_put_string(&plain, m->tags.list[i]);
        text_put(&plain, SPAN("=-"));
    }
    struct span series = aggregate_escaped(text_span(&plain));
    free(plain.bytes);
    return series;
}

static void put_bin(struct text *t, struct span series, enum aggregate_type type)
{
    struct text bin = { NULL, 0, 0 };
    text_put(&bin, series);
    text_put(&bin, SPAN(";le=1"));
    put_row(t, text_span(&bin), type, "histogram", 0);
    free(bin.bytes);
}

static void put_metric(struct text *t, const struct metric *m)
{
    if (m->own_series) {
        put_row(t, (struct span){ m->own_series, strlen(m->own_series) }, m->type, m->own_statistic, m->weight);
        return;
    }
    struct span series = make_series(m);
    for (size_t i = 0; i < m->statistics.count; i++)
        put_row(t, series, m->type, m->statistics.list[i], i ? 0 : m->weight);
    if (m->has_bins)
        put_bin(t, series, m->type);
    free((char *)series.text);
}

void memory_write(struct text *t, const struct metrics *m)
{
    for (const struct metric *at = m->first; at; at = at->next)
        put_metric(t, at);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void take_lines(struct points *points, FILE *file, const char *path, struct bad_rows *bad)
{
    char *line = NULL;
    size_t capacity = 0;
    uint64_t number = 0;
    struct rows_refusal refused;
    for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
        bool has_end = line[length - 1] == '\n';
        const struct rows_line row = { { line, (size_t)length - has_end }, !has_end, false };
        number++;
        if (!points_line(points, &row, &refused))
            bad_rows_add(bad, path, number, &refused, row.text);
    }
    free(line);
}

bool memory_load(struct metrics *m, const char *path, struct bad_rows *bad)
{
    struct points points;
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return true;
    if (!file) {
        warn_errno("open %s", path);
        return false;
    }
    points_init(&points, &metrics_owner, m, die_program(), SIZE_MAX);
    m->is_restoring = true;
    take_lines(&points, file, path, bad);
    bool is_read = !ferror(file);
    if (!is_read)
        warn_errno("read %s", path);
    points_end(&points);
    m->is_restoring = false;
    points_free(&points);
    fclose(file);
    return is_read;
}
