#include "totals.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "filter/options.h"
#include "filter/replace.h"

#define ADVICE "repair it, or remove it to begin with new totals"

/* --- writing ---------------------------------------------------------------------------------- */

static void put_row(struct text *t, const struct metric *m, struct span tag, const char *statistic, double value)
{
    char time[CLOCK_TEXT_MAX];
    struct span time_text = { time, clock_format((int64_t)m->data.list[DATA_TIME], time) };
    struct text series = { NULL, 0, 0 };
    text_put(&series, metric_series(m));
    text_put(&series, tag);
    struct span word = { statistic, strlen(statistic) };
    char *room = text_room(t, aggregate_size(text_span(&series), word));
    text_added(t, (size_t)(aggregate_write(room, text_span(&series), m->family->type, word, value, time_text) - room));
    free(series.bytes);
}

static void put_bins(struct text *t, const struct metric *m)
{
    const double *pair = m->data.list + DATA_PAIRS_AT, *end = pair + 2 * (size_t)m->data.list[DATA_PAIRS];
    for (; pair < end; pair += 2) {
        char tag[4 + NUMBER_TEXT_MAX] = ";le=+Inf";
        size_t length = 4 + (isinf(pair[0]) ? strlen("+Inf") : number_format(pair[0], tag + 4));
        put_row(t, m, (struct span){ tag, length }, "histogram", pair[1]);
    }
}

static void put_metric(struct text *t, const struct metric *m)
{
    const struct span none = SPAN("");
    const double *data = m->data.list;
    if (m->family->shape == SHAPE_COUNTER) {
        put_row(t, m, none, "count", data[DATA_VALUE]);
        return;
    }
    put_row(t, m, none, "count", data[DATA_COUNT]);
    put_row(t, m, none, "sum", data[DATA_SUM]);
    if (m->family->shape == SHAPE_HISTOGRAM)
        put_bins(t, m);
}

void totals_write(struct text *t, const struct registry *r)
{
    size_t count = 0;
    int64_t time = 0;
    char stamp[CLOCK_TEXT_MAX];
    for (const struct metric *m = r->totals.oldest; m; m = m->newer, count++) {
        put_metric(t, m);
        time = (int64_t)m->data.list[DATA_TIME];
    }
    const struct span series = SPAN(FILTER_SELF_PREFIX), statistic = SPAN("numStats");
    char *room = text_room(t, aggregate_size(series, statistic));
    text_added(t, (size_t)(aggregate_write(room, series, AGGREGATE_OWN, statistic, (double)count,
                                           (struct span){ stamp, clock_format(time, stamp) }) -
                           room));
}

bool totals_save(const struct registry *r, const struct state_file *file)
{
    struct text t = { NULL, 0, 0 };
    const char *name;
    totals_write(&t, r);
    int fd = state_file_begin(file, &name);
    if (fd < 0)
        warn_errno("open %s", name);
    bool is_good = fd >= 0 && replace_write(fd, text_span(&t));
    if (fd >= 0 && state_file_end(file, fd, is_good) < 0) {
        warn_errno("write %s", name);
        is_good = false;
    }
    free(t.bytes);
    return is_good;
}

/* --- reading ---------------------------------------------------------------------------------- */

bool totals_read(struct intake *i, struct span text, uint64_t *number, struct rows_refusal *refused)
{
    struct points points;
    const char *line = text.text, *end = line + text.length;
    bool is_good = true, is_last = false;
    uint64_t before = i->refused;
    *number = 0;
    points_init(&points, &intake_owner, i, die_program(), text.length + 1);
    i->is_restoring = true;
    for (const char *next; line < end && is_good; line = next) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        next = newline ? newline + 1 : end;
        ++*number;
        const struct rows_line row = { { line, (size_t)((newline ? newline : end) - line) }, !newline, false };
        points.rows.has_ends = false;
        is_good = points_line(&points, &row, refused);
        is_last = points.rows.has_ends;
    }
    if (!is_good && refused->why == points.rows.record_why)
        refused->why = "this looks like a record, not a total"; /* the other ends with points */
    points_end(&points);
    points_free(&points);
    i->is_restoring = false;
    if (is_good && !is_last)
        *number = 0;
    i->refused = before;
    return is_good && is_last;
}

static struct text read_all(const char *path, int fd)
{
    enum { CHUNK = 1 << 16 };
    struct text t = { NULL, 0, 0 };
    ssize_t n;
    while ((n = read(fd, text_room(&t, CHUNK), CHUNK)) != 0) {
        if (n > 0)
            text_added(&t, (size_t)n);
        else if (errno != EINTR)
            die_errno("read %s", path);
    }
    return t;
}

void totals_load(struct intake *i, const struct state_file *file)
{
    const char *path = state_file_path(file);
    struct rows_refusal refused;
    uint64_t number;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return;
    if (fd < 0)
        die_errno("open %s", path);
    struct text t = read_all(path, fd);
    close(fd);
    if (!totals_read(i, text_span(&t), &number, &refused)) {
        if (!number)
            die("%s: the file is truncated: its last row is not numStats: " ADVICE, path);
        die("%s:%llu: %s %s: %s: " ADVICE, path, (unsigned long long)number, refused.what,
            quote(refused.culprit.text, refused.culprit.length).text, refused.why);
    }
    free(t.bytes);
}
