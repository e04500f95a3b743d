#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/number.h"
#include "filter/lines.h"

enum { LONGEST_LINE = 1 << 26 };

/* A file being read. */
struct loading {
    struct store *store;
    const char *path;
    int64_t closed;      /* END, in ms */
    bool is_none_closed; /* END is not the end of an interval: samples before it may still come */
    int64_t filled_end;  /* the end of the last interval known to have had samples, or NEVER */
    uint64_t line;       /* the number of the line being read, from 1 */
    uint64_t last_line;  /* END's */
    struct {             /* the timer whose samples are being read */
        bool is_begun;
        uint32_t slot;
        int64_t time;
        double weight_before; /* of its cell, without these samples */
    } timer;
};

static const char advice[] = "restore the file, or remove it to begin anew";

static _Noreturn void damaged(const struct loading *l, const char *what, struct span culprit, const char *why)
{
    die("%s:%llu: %s %s: %s: %s", l->path, (unsigned long long)l->line, what, quote(culprit.text, culprit.length).text,
        why, advice);
}

/* What follows `word` in one of the words of a sixth column; the text is NULL if there is none. */
static struct span find_word(struct span extra, const char *word)
{
    const char *end = extra.text ? extra.text + extra.length : NULL;
    size_t length = strlen(word);
    for (const char *p = extra.text; p && p < end;) {
        const char *blank = memchr(p, ' ', (size_t)(end - p));
        const char *stop = blank ? blank : end;
        if ((size_t)(stop - p) >= length && memcmp(p, word, length) == 0)
            return (struct span){ p + length, (size_t)(stop - p) - length };
        p = blank ? blank + 1 : NULL;
    }
    return (struct span){ NULL, 0 };
}

static void restore_sketch(const struct loading *l, struct cell *c, struct span text)
{
    struct sketch *sketch = sketch_read(text.text, text.length);
    if (!sketch)
        damaged(l, "bad sketch", text, "expected what statsd-agg has written");
    cell_add_sketch(c, &l->store->config->limits, &l->store->pool, sketch);
}

static void restore_hyperloglog(const struct loading *l, struct cell *c, struct span text)
{
    struct hyperloglog *hyperloglog = hyperloglog_read(text.text, text.length);
    if (!hyperloglog)
        damaged(l, "bad registers", text, "expected what statsd-agg has written");
    cell_add_hyperloglog(c, &l->store->pool, hyperloglog);
}

/* Notes the cell's weight before the first sample of a saved cell, whose samples all have one
 * series and one time. It is not 0 when the interval is longer than it was in the run that saved,
 * so that the cells of several intervals end up in one. */
static void begin_timer(struct loading *l, uint32_t slot, const struct cell *c, int64_t time)
{
    if (!l->timer.is_begun || l->timer.slot != slot || l->timer.time != time) {
        l->timer.is_begun = true;
        l->timer.slot = slot;
        l->timer.time = time;
        l->timer.weight_before = c->weight;
    }
}

static void restore_timer(struct loading *l, uint32_t slot, struct cell *c, const struct record *r, struct span extra)
{
    double sum;
    begin_timer(l, slot, c, r->time);
    struct span sketch = find_word(extra, "sketch="), weight = find_word(extra, "weight=");
    if (sketch.text)
        restore_sketch(l, c, sketch);
    else
        cell_add_sample(c, &l->store->config->limits, &l->store->pool, r->number, r->rate == 1 ? 1 : 1 / r->rate);
    if (weight.text && span_is(weight, "inf"))
        c->weight = INFINITY;
    else if (weight.text && number_parse(weight.text, weight.length, &sum) != NUMBER_OK)
        damaged(l, "bad weight", weight, "expected a number");
    else if (weight.text)
        c->weight = l->timer.weight_before + sum;
}

/* before: the value that a delta is added to. */
static void restore_gauge(const struct store *s, struct cell *c, double before, const struct record *r)
{
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (s->config->gauges_by_time) {
        c->gauge_samples = gauge_samples_add(c->gauge_samples, r->time, r->number, is_delta);
        return;
    }
    c->value = is_delta ? before + r->number : r->number;
}

static void restore_sample(struct loading *l, uint32_t slot, const struct record *r, struct span extra)
{
    struct store *s = l->store;
    struct interval *interval = store_interval(s, r->time);
    bool is_first = !interval_find(interval, &s->table, slot);
    struct cell *c = interval_get(interval, &s->table, slot);
    struct span hyperloglog = find_word(extra, "registers=");
    if (r->time > interval->newest)
        interval->newest = r->time;
    switch (family_of(r->type)) {
    case FAMILY_COUNTER: c->sum += r->number * (1 / r->rate); break;
    case FAMILY_TIMER: restore_timer(l, slot, c, r, extra); break;
    case FAMILY_GAUGE: restore_gauge(s, c, is_first ? s->table.history[slot].gauge : c->value, r); break;
    default:
        if (hyperloglog.text)
            restore_hyperloglog(l, c, hyperloglog);
        else if (r->value.length)
            cell_add_member(c, &s->config->limits, &s->pool, members_hash(&s->table.seed, r->value), r->value);
    }
}

static void restore_known(struct loading *l, uint32_t slot, const struct record *r)
{
    struct store *s = l->store;
    struct history *history = &s->table.history[slot];
    history->last_end = clock_next_boundary(r->time, s->config->interval, s->config->offset);
    if (s->table.slots[slot].family == FAMILY_GAUGE)
        history->gauge = r->number;
    if (history->last_end > l->filled_end)
        l->filled_end = history->last_end;
}

static void restore(struct loading *l, const struct record *r, struct span extra)
{
    struct store *s = l->store;
    if (find_word(extra, "newest").text) {
        s->event.newest = r->time;
        return;
    }
    const struct series_key key = table_key(&s->table, r->series, family_of(r->type));
    int64_t slot = table_get(&s->table, &key);
    if (slot < 0)
        damaged(l, "too many series at", r->series, "--max-series is smaller than when it was written");
    if (r->time < l->closed)
        restore_known(l, (uint32_t)slot, r);
    else if (r->value.length || extra.length)
        restore_sample(l, (uint32_t)slot, r, extra);
}

/* Reads `count` numbers separated by commas: counts, but for the first, which may be a time in
 * seconds. False when there are more or fewer, or one is out of range. */
static bool read_numbers(struct span text, double *numbers, size_t count)
{
    struct list list = list_of_span(text);
    struct span item;
    size_t i = 0;
    for (; list_next(&list, &item); i++) {
        if (i == count || number_parse(item.text, item.length, &numbers[i]) != NUMBER_OK)
            return false;
        if (!(fabs(numbers[i]) < 0x1p53) || (i > 0 && numbers[i] < 0))
            return false;
    }
    return i == count;
}

static void restore_open(const struct loading *l, struct span text)
{
    double numbers[3];
    if (!read_numbers(text, numbers, 3))
        damaged(l, "bad figures", text, "expected what statsd-agg has written");
    struct interval *interval = store_interval(l->store, llround(numbers[0] * 1000));
    interval->records += (uint64_t)numbers[1];
    interval->bad += (uint64_t)numbers[2];
}

static void restore_waiting(const struct loading *l, struct span text)
{
    double numbers[6];
    struct store *s = l->store;
    if (!read_numbers(text, numbers, 6) || numbers[0] < 0)
        damaged(l, "bad figures", text, "expected what statsd-agg has written");
    s->figures.records = (uint64_t)numbers[0];
    s->figures.bad = (uint64_t)numbers[1];
    s->figures.late = (uint64_t)numbers[2];
    s->figures.series_refused += (uint64_t)numbers[3];
    s->figures.series_evicted = (uint64_t)numbers[4];
    s->figures.flushes_delayed += (uint64_t)numbers[5];
}

/* Restores from the sixth column of END's record. */
static void restore_end(struct loading *l, struct span extra)
{
    struct span filled = find_word(extra, "filled="), waiting = find_word(extra, "waiting="), open;
    if (filled.text && !clock_parse(filled.text, filled.length, &l->filled_end))
        damaged(l, "bad time", filled, "expected Unix seconds");
    if (waiting.text)
        restore_waiting(l, waiting);
    while ((open = find_word(extra, "open=")).text) {
        restore_open(l, open);
        const char *rest = open.text + open.length;
        extra = (struct span){ rest, extra.length - (size_t)(rest - extra.text) };
    }
}

/* True when the record may be END's. Only the last line is: a client's gauge may have that name. */
static bool take_closed(struct loading *l, const struct record *r, struct span extra)
{
    if (!span_is(r->series, "statsd.closed") || r->type != RECORD_GAUGE ||
        !clock_parse(r->value.text, r->value.length, &l->closed))
        return false;
    l->last_line = l->line;
    l->is_none_closed = find_word(extra, "none").text;
    return true;
}

/* Reads the file twice: first to find the last line and END, then, with `restores`, to restore. */
static void read_lines(struct loading *l, int fd, bool restores)
{
    struct lines in;
    struct line line;
    enum lines_status status;
    struct record r;
    struct span extra, culprit;
    bool is_closed = false;
    lines_init(&in, fd, LONGEST_LINE);
    while ((status = lines_next(&in, &line)) != LINES_END) {
        if (status == LINES_MORE) {
            int error = lines_fill(&in);
            if (error)
                die("read %s: %s", l->path, strerror(error));
            continue;
        }
        l->line = in.number;
        culprit = (struct span){ line.text, line.length };
        enum record_error error = line.torn ? RECORD_TORN : RECORD_TOO_LONG;
        if (status == LINES_ONE && !line.torn)
            error = record_parse_state(line.text, line.length, &r, &extra, &culprit);
        if (error != RECORD_OK)
            damaged(l, record_error_what(error), culprit, record_error_why(error));
        if (!restores)
            is_closed = take_closed(l, &r, extra);
        else if (l->line < l->last_line)
            restore(l, &r, extra);
        else
            restore_end(l, extra);
    }
    lines_free(&in);
    if (!restores && !is_closed)
        die("%s: the file is cut: its last record is not statsd.closed: %s", l->path, advice);
}

/* Continues at END, before any record is restored. */
static void resume(const struct loading *l, int64_t now)
{
    struct store *s = l->store;
    int64_t closed = l->closed;
    if (s->config->mode == TIME_EVENT) {
        /* Aligned, in case the interval's length has changed. */
        if (!l->is_none_closed)
            s->event.written_end = s->event.filled_end =
                clock_next_boundary(closed, s->config->interval, s->config->offset) - s->config->interval;
    } else if (now >= closed - s->config->interval) {
        live_resume(&s->live, closed);
        s->current->start = s->live.start;
        s->current->end = s->live.end;
    }
}

bool state_load(struct store *s, const char *path, int64_t now)
{
    struct loading l = { .store = s, .path = path, .filled_end = NEVER };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        die_errno("open %s", path);
    read_lines(&l, fd, false);
    if (lseek(fd, 0, SEEK_SET) < 0)
        die_errno("read %s", path);
    resume(&l, now);
    read_lines(&l, fd, true);
    if (l.filled_end != NEVER)
        s->event.filled_end = l.filled_end;
    s->event.last = NULL; /* it may be due if the lateness is less than it was */
    close(fd);
    return true;
}
