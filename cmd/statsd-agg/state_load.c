#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "filter/lines.h"

/* A file being read. */
struct loading {
    struct store *store;
    const char *path;
    int64_t closed;      /* END, in ms */
    bool is_none_closed; /* END is not the end of an interval: samples before it may still come */
    int64_t filled_end;  /* the end of the last interval known to have had samples, or NEVER */
    uint64_t line;       /* the number of the line being read, from 1 */
    uint64_t last_line;  /* END's */
    char *words;         /* its sixth column */
    size_t longest;      /* no line is longer, in bytes */
    struct {             /* the timer whose samples are being read */
        bool is_begun;
        uint32_t slot, interval;
        int64_t time;
        double weight_before; /* of its cell, without these samples */
    } timer;
};

static const char advice[] = "restore the file, or remove it to start from scratch";

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
    if (!l->timer.is_begun || l->timer.slot != slot || l->timer.interval != c->interval || l->timer.time != time) {
        l->timer.is_begun = true;
        l->timer.slot = slot;
        l->timer.interval = c->interval;
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

static void restore_sample(struct loading *l, struct interval *interval, uint32_t slot, const struct record *r,
                           struct span extra)
{
    struct store *s = l->store;
    bool is_first = !interval_find(interval, &s->table, slot);
    struct cell *c = interval_get(interval, &s->table, slot);
    struct span hyperloglog = find_word(extra, "registers=");
    if (r->time > interval->newest)
        interval->newest = r->time;
    switch (family_of(r->type)) {
    case FAMILY_COUNTER: c->sum += r->number * (1 / r->rate); break;
    case FAMILY_TIMER: restore_timer(l, slot, c, r, extra); break;
    case FAMILY_GAUGE: restore_gauge(s, c, is_first ? s->table.slots[slot].cell.before : c->value, r); break;
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
    struct slot *known = &s->table.slots[slot];
    int64_t end = clock_next_boundary(r->time, s->config->interval, s->config->offset);
    table_set_last_end(&s->table, known, end);
    if (known->family == FAMILY_GAUGE)
        known->cell.before = r->number;
    if (end > l->filled_end)
        l->filled_end = end;
}

/* The interval that is due and that the sample belongs to, or NULL. */
static struct interval *due_of(const struct loading *l, struct span extra)
{
    double number;
    struct span word = l->store->due_count ? find_word(extra, "due=") : SPAN("");
    if (!word.length)
        return NULL;
    if (number_parse(word.text, word.length, &number) != NUMBER_OK || !(number >= 0) ||
        !(number < (double)l->store->due_count))
        damaged(l, "bad interval", word, "expected what statsd-agg has written");
    return l->store->due[(size_t)number];
}

static void restore(struct loading *l, const struct record *r, struct span extra)
{
    struct store *s = l->store;
    if (find_word(extra, "newest").text) {
        if (s->event.by_clock)
            event_clock(&s->event, r->time);
        else
            s->event.newest = r->time;
        return;
    }
    if (r->value.length > LINES_MAX_MOST || table_is_too_long(&s->table, r->series))
        damaged(l, "too long at", r->series, "statsd-agg has not written that");
    const struct series_key key = table_key(&s->table, r->series, family_of(r->type));
    int64_t slot = table_get(&s->table, &key);
    if (slot < 0)
        damaged(l, "too many series at", r->series, "--max-series is smaller than when it was written");
    struct interval *due = due_of(l, extra);
    if (!due && r->time < l->closed)
        restore_known(l, (uint32_t)slot, r);
    else if (r->value.length || extra.length)
        restore_sample(l, due ? due : store_interval(s, r->time), (uint32_t)slot, r, extra);
}

static bool read_count(struct span text, uint64_t *count)
{
    double number;
    if (number_parse(text.text, text.length, &number) != NUMBER_OK || !(number >= 0 && number < 0x1p53))
        return false;
    *count = (uint64_t)number;
    return true;
}

/* Reads times and then counts, separated by commas, or ends the program. */
static void read_counts(const struct loading *l, struct span text, int64_t *times, size_t time_count, uint64_t *counts,
                        size_t count)
{
    struct list list = list_of_span(text);
    struct span item;
    size_t i = 0;
    bool is_good = true;
    for (; is_good && list_next(&list, &item); i++) {
        if (i < time_count)
            is_good = clock_parse_far(item.text, item.length, &times[i]);
        else
            is_good = i - time_count < count && read_count(item, &counts[i - time_count]);
    }
    if (!is_good || i != time_count + count)
        damaged(l, "bad counts", text, "expected what statsd-agg has written");
}

static void restore_open(const struct loading *l, struct span text)
{
    int64_t start;
    uint64_t counts[2];
    read_counts(l, text, &start, 1, counts, 2);
    struct interval *interval = store_interval(l->store, start);
    interval->records += counts[0];
    interval->bad += counts[1];
}

static void restore_waiting(const struct loading *l, struct span text)
{
    struct self_counts *self = &l->store->self_counts;
    uint64_t counts[6];
    read_counts(l, text, NULL, 0, counts, 6);
    self->records = counts[0];
    self->bad = counts[1];
    self->late = counts[2];
    self->series_refused += counts[3];
    self->series_evicted = counts[4];
    self->flushes_delayed += counts[5];
}

/* Live: an interval of the run before, of which rows are still to be written. In event time such a
 * one is open again. */
static void restore_due(const struct loading *l, struct span text)
{
    struct store *s = l->store;
    int64_t times[2];
    uint64_t counts[5];
    read_counts(l, text, times, 2, counts, 5);
    if (times[1] <= times[0])
        damaged(l, "bad interval", text, "expected what statsd-agg has written");
    struct interval *interval;
    if (s->current) {
        interval = interval_new(times[0], times[1], s->current->serial++);
        interval->self_counts = (struct self_counts){ .series_refused = counts[2],
                                                      .series_evicted = counts[3],
                                                      .flushes_delayed = counts[4] };
        store_add_due(s, interval);
    } else {
        interval = store_interval(s, times[0]);
    }
    interval->records += counts[0];
    interval->bad += counts[1];
}

/* Calls restore_one with what follows `word` in each of the words that begin with it. */
static void each_word(const struct loading *l, struct span words, const char *word,
                      void (*restore_one)(const struct loading *, struct span))
{
    for (struct span found; (found = find_word(words, word)).text;) {
        restore_one(l, found);
        const char *rest = found.text + found.length;
        words = (struct span){ rest, words.length - (size_t)(rest - words.text) };
    }
}

/* Restores from the sixth column of END's record. */
static void restore_end(struct loading *l, struct span extra)
{
    struct span filled = find_word(extra, "filled="), waiting = find_word(extra, "waiting=");
    struct span saved = find_word(extra, "saved=");
    if (filled.text && !clock_parse_far(filled.text, filled.length, &l->filled_end))
        damaged(l, "bad time", filled, "expected Unix seconds");
    if (waiting.text)
        restore_waiting(l, waiting);
    if (saved.text && !read_count(saved, &l->store->asked))
        damaged(l, "bad number", saved, "expected what statsd-agg has written");
    each_word(l, extra, "open=", restore_open);
}

/* True when the record may be END's. Only the last line is: a client's gauge may have that name. */
static bool take_closed(struct loading *l, const struct record *r, struct span extra)
{
    if (!span_is(r->series, "statsd.closed") || r->type != RECORD_GAUGE ||
        !clock_parse_far(r->value.text, r->value.length, &l->closed))
        return false;
    l->last_line = l->line;
    free(l->words);
    l->words = xstrndup(extra.length ? extra.text : "", extra.length);
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
    lines_init(&in, fd, l->longest);
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
        die("%s: the file is truncated: its last record is not statsd.closed: %s", l->path, advice);
}

/* Live: the open interval continues at END, or after those that are due. */
static void resume_live(const struct loading *l, struct span words, int64_t now)
{
    struct store *s = l->store;
    int64_t start = l->closed;
    struct span current = find_word(words, "current=");
    if (current.text && !clock_parse_far(current.text, current.length, &start))
        damaged(l, "bad time", current, "expected Unix seconds");
    if (now < start - s->config->interval)
        return;
    live_resume(&s->live, start);
    s->current->start = s->live.start;
    s->current->end = s->live.end;
}

/* Continues at END, before any record is restored. */
static void resume(struct loading *l, int64_t now)
{
    struct store *s = l->store;
    int64_t closed = l->closed;
    const struct span words = { l->words, strlen(l->words) };
    l->line = l->last_line;
    l->is_none_closed = find_word(words, "none").text;
    if (s->config->mode == TIME_EVENT) {
        /* Aligned, in case the interval's length has changed. */
        if (!l->is_none_closed)
            s->event.written_end = s->event.filled_end =
                clock_next_boundary(closed, s->config->interval, s->config->offset) - s->config->interval;
    } else {
        resume_live(l, words, now);
    }
    each_word(l, words, "due=", restore_due);
}

bool state_load(struct store *s, const struct state_file *file, int64_t now)
{
    const char *path = state_file_path(file);
    struct loading l = { .store = s, .path = path, .filled_end = NEVER };
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return false;
    if (fd < 0)
        die_errno("open %s", path);
    l.longest = fstat(fd, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 1;
    read_lines(&l, fd, false);
    if (lseek(fd, 0, SEEK_SET) < 0)
        die_errno("read %s", path);
    resume(&l, now);
    read_lines(&l, fd, true);
    if (l.filled_end != NEVER)
        s->event.filled_end = l.filled_end;
    s->event.last = NULL; /* it may be due if the lateness is less than it was */
    free(l.words);
    close(fd);
    return true;
}
