#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/list.h"
#include "base/number.h"
#include "state.h"

enum { LONGEST = 1 << 26 };

/* A file being read. */
struct loading {
    struct agg *agg;
    const char *path;
    int64_t closed;      /* END */
    bool is_none_closed; /* END is no interval's end yet: there may still be samples before it */
    int64_t filled_end;  /* the end of the last interval that had samples, as far as it is known, or NEVER */
    uint64_t line, last; /* the last one: END's */
    struct {             /* the timer whose samples are being read */
        bool is_one;
        uint32_t slot;
        int64_t time;
        double weight; /* of its cell before them */
    } timer;
};

static const char advice[] = "restore the file, or remove it to begin anew";

static _Noreturn void damaged(const struct loading *l, const char *what, struct span culprit, const char *why)
{
    die("%s:%llu: %s %s: %s: %s", l->path, (unsigned long long)l->line, what, quote(culprit.text, culprit.length).text,
        why, advice);
}

/* The text behind `word` among the words of a sixth column; its text is NULL when it is not there. */
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

/* Several intervals' cells come together where the interval is longer than it was. */

static void restore_sketch(const struct loading *l, struct cell *c, struct span text)
{
    struct sketch *sketch = sketch_read(text.text, text.length);
    if (!sketch)
        damaged(l, "bad sketch", text, "expected what statsd-agg has written");
    cell_add_sketch(c, &l->agg->config->limits, &l->agg->pool, sketch);
}

static void restore_hyperloglog(const struct loading *l, struct cell *c, struct span text)
{
    struct hyperloglog *hyperloglog = hyperloglog_read(text.text, text.length);
    if (!hyperloglog)
        damaged(l, "bad registers", text, "expected what statsd-agg has written");
    cell_add_hyperloglog(c, &l->agg->pool, hyperloglog);
}

/* Remembers what the cell weighed before the first of the samples that one cell has left: all of one series and time. */
static void begin_timer(struct loading *l, uint32_t slot, const struct cell *c, int64_t time)
{
    if (!l->timer.is_one || l->timer.slot != slot || l->timer.time != time) {
        l->timer.is_one = true;
        l->timer.slot = slot;
        l->timer.time = time;
        l->timer.weight = c->weight;
    }
}

static void restore_timer(struct loading *l, uint32_t slot, struct cell *c, const struct record *r, struct span extra)
{
    double all;
    begin_timer(l, slot, c, r->time);
    struct span sketch = find_word(extra, "sketch="), weight = find_word(extra, "weight=");
    if (sketch.text)
        restore_sketch(l, c, sketch);
    else
        cell_add_sample(c, &l->agg->config->limits, &l->agg->pool, r->number, r->rate == 1 ? 1 : 1 / r->rate);
    if (weight.text && span_is(weight, "inf"))
        c->weight = INFINITY;
    else if (weight.text && number_parse(weight.text, weight.length, &all) != NUMBER_OK)
        damaged(l, "bad weight", weight, "expected a number");
    else if (weight.text)
        c->weight = l->timer.weight + all;
}

/* before: what a change is added to. */
static void restore_gauge(const struct agg *a, struct cell *c, double before, const struct record *r)
{
    bool is_delta = r->type == RECORD_GAUGE_DELTA;
    if (a->config->gauges_by_time) {
        c->gauge_samples = gauge_samples_add(c->gauge_samples, r->time, r->number, is_delta);
        return;
    }
    c->value = is_delta ? before + r->number : r->number;
}

static struct interval *interval_of(struct agg *a, int64_t time)
{
    return a->config->mode == TIME_EVENT ? event_get(&a->event, time) : a->current;
}

static void restore_sample(struct loading *l, uint32_t slot, const struct record *r, struct span extra)
{
    struct agg *a = l->agg;
    struct interval *v = interval_of(a, r->time);
    bool is_first = !interval_find(v, &a->table, slot);
    struct cell *c = interval_get(v, &a->table, slot);
    struct span hyperloglog = find_word(extra, "registers=");
    if (r->time > v->newest)
        v->newest = r->time;
    switch (family_of(r->type)) {
    case FAMILY_COUNTER: c->sum += r->number * (1 / r->rate); break;
    case FAMILY_TIMER: restore_timer(l, slot, c, r, extra); break;
    case FAMILY_GAUGE: restore_gauge(a, c, is_first ? a->table.history[slot].gauge : c->value, r); break;
    default:
        if (hyperloglog.text)
            restore_hyperloglog(l, c, hyperloglog);
        else if (r->value.length)
            cell_add_member(c, &a->config->limits, &a->pool, members_hash(&a->table.seed, r->value), r->value);
    }
}

static void restore_known(struct loading *l, uint32_t slot, const struct record *r)
{
    struct agg *a = l->agg;
    struct history *history = &a->table.history[slot];
    history->last_end = clock_next_boundary(r->time, a->config->interval, a->config->offset);
    if (a->table.slots[slot].family == FAMILY_GAUGE)
        history->gauge = r->number;
    if (history->last_end > l->filled_end)
        l->filled_end = history->last_end;
}

static void restore(struct loading *l, const struct record *r, struct span extra)
{
    struct agg *a = l->agg;
    if (find_word(extra, "newest").text) {
        a->event.newest = r->time;
        return;
    }
    const struct key key = table_key(&a->table, r->series, family_of(r->type));
    int64_t slot = table_get(&a->table, &key);
    if (slot < 0)
        damaged(l, "too many series at", r->series, "--max-series is smaller than when it was written");
    if (r->time < l->closed)
        restore_known(l, (uint32_t)slot, r);
    else if (r->value.length || extra.length)
        restore_sample(l, (uint32_t)slot, r, extra);
}

/* Numbers between commas: a time in seconds, if it is the first, and counts. False if there are more or fewer. */
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
    struct interval *v = interval_of(l->agg, llround(numbers[0] * 1000));
    v->records += (uint64_t)numbers[1];
    v->bad += (uint64_t)numbers[2];
}

static void restore_waiting(const struct loading *l, struct span text)
{
    double numbers[6];
    struct agg *a = l->agg;
    if (!read_numbers(text, numbers, 6) || numbers[0] < 0)
        damaged(l, "bad figures", text, "expected what statsd-agg has written");
    a->waiting_records = (uint64_t)numbers[0];
    a->waiting_bad = (uint64_t)numbers[1];
    a->waiting_late = (uint64_t)numbers[2];
    a->refused_before -= (uint64_t)numbers[3];
    a->evicted = (uint64_t)numbers[4];
    a->delayed_before -= (uint64_t)numbers[5];
}

/* What END's record says beside END. */
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

/* Whether the record is END's, as it stands in the last line: a gauge of clients may be called so too. */
static bool take_closed(struct loading *l, const struct record *r, struct span extra)
{
    if (!span_is(r->series, "statsd.closed") || r->type != RECORD_GAUGE ||
        !clock_parse(r->value.text, r->value.length, &l->closed))
        return false;
    l->last = l->line;
    l->is_none_closed = find_word(extra, "none").text;
    return true;
}

/* Takes every line but the last, or, while that is not yet known, finds out what it says. */
static void read_lines(struct loading *l, int fd, bool restores)
{
    struct lines in;
    struct line line;
    enum lines_status status;
    struct record r;
    struct span extra, culprit;
    bool is_closed = false;
    lines_init(&in, fd, LONGEST);
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
        else if (l->line < l->last)
            restore(l, &r, extra);
        else
            restore_end(l, extra);
    }
    lines_free(&in);
    if (!restores && !is_closed)
        die("%s: the file is cut: its last record is not statsd.closed: %s", l->path, advice);
}

static void resume(const struct loading *l)
{
    struct agg *a = l->agg;
    int64_t closed = l->closed;
    if (a->config->mode == TIME_EVENT) {
        /* A boundary also where the interval was another one before. */
        if (!l->is_none_closed)
            a->event.written_end = a->event.filled_end =
                clock_next_boundary(closed, a->config->interval, a->config->offset) - a->config->interval;
    } else if (a->now >= closed - a->config->interval) {
        live_resume(&a->live, closed);
        a->current->start = a->live.start;
        a->current->end = a->live.end;
    }
}

bool state_load(struct agg *a, const char *path)
{
    struct loading l = { .agg = a, .path = path, .filled_end = NEVER };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        die_errno("open %s", path);
    read_lines(&l, fd, false);
    if (lseek(fd, 0, SEEK_SET) < 0)
        die_errno("read %s", path);
    resume(&l);
    read_lines(&l, fd, true);
    if (l.filled_end != NEVER)
        a->event.filled_end = l.filled_end;
    a->event.last = NULL; /* it may be due where the lateness is less than it was */
    close(fd);
    return true;
}
