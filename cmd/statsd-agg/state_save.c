#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"

enum { CHUNK = 1 << 18 };

/* A file being written. */
struct saving {
    const struct store *store;
    int64_t now; /* ms */
    int fd;
    bool failed;
    int64_t newest; /* the largest time written */
    int64_t filled; /* the largest end of an interval among the known series, or NEVER */
    char *text;     /* not yet in the file */
    size_t length, capacity;
};

static void drain(struct saving *s)
{
    for (size_t done = 0; done < s->length && !s->failed;) {
        ssize_t n = write(s->fd, s->text + done, s->length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EINTR)
            s->failed = true;
    }
    s->length = 0;
}

static void put(struct saving *s, struct span series, enum record_type type, struct span value, struct span rate,
                int64_t time, struct span extra)
{
    const struct sample sample = {
        .series = series, .type = type, .value = value, .rate = rate, .time = time, .plain = true
    };
    size_t size = record_size(&sample, extra.length);
    if (s->capacity - s->length < size)
        drain(s);
    if (s->capacity < size) {
        s->capacity = size + CHUNK;
        s->text = xreallocarray(s->text, s->capacity, 1);
    }
    s->length = (size_t)(record_write(s->text + s->length, &sample, extra) - s->text);
    if (time > s->newest)
        s->newest = time;
}

static void put_number(struct saving *s, struct span series, enum record_type type, double value, int64_t time)
{
    char text[NUMBER_TEXT_MAX];
    put(s, series, type, (struct span){ text, number_format(value, text) }, SPAN("1"), time, SPAN(""));
}

static struct span series_of(const struct slot *slot)
{
    return slot_name(slot);
}

/* Finds the rate whose weight, 1/rate, is exactly this double, if there is one: it is at most one
 * step away from 1/weight. */
static bool rate_of(double weight, double *rate)
{
    const double near[] = { 1 / weight, nextafter(1 / weight, 0), nextafter(1 / weight, 2) };
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        if (near[i] > 0 && near[i] <= 1 && 1 / near[i] == weight) {
            *rate = near[i];
            return true;
        }
    return false;
}

/* Finds a rate that all samples of a timer may have had: their weights, added up in order, must
 * give the timer's count. */
static bool common_rate(double weight, uint32_t count, double *rate)
{
    if (!rate_of(weight / count, rate))
        return false;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += 1 / *rate;
    return sum == weight;
}

static void put_sample(struct saving *s, struct span series, double value, double rate, int64_t time, struct span extra)
{
    char value_text[NUMBER_TEXT_MAX], rate_text[NUMBER_TEXT_MAX];
    put(s, series, value < 0 ? RECORD_DISTRIBUTION : RECORD_TIMER,
        (struct span){ value_text, number_format(value, value_text) },
        (struct span){ rate_text, number_format(rate, rate_text) }, time, extra);
}

/* Writes the word of a timer's count into `extra`, which has room for it. The sum of weights may
 * have overflowed a double. */
static size_t weight_word(const struct cell *c, char *extra)
{
    size_t length = (size_t)sprintf(extra, "weight=");
    if (isfinite(c->weight))
        return length + number_format(c->weight, extra + length);
    return length + (size_t)sprintf(extra + length, "inf");
}

static void put_samples(struct saving *s, struct span series, struct cell *c, int64_t time)
{
    const bool is_weighted = s->store->config->limits.is_weighted;
    const unsigned width = cell_sample_width(&s->store->config->limits);
    double *samples = xreallocarray(NULL, c->count + 1, width * sizeof *samples);
    cell_copy_samples(c, &s->store->config->limits, samples);
    char extra[NUMBER_TEXT_MAX + 16];
    double rate = 1;
    bool is_enough = common_rate(c->weight, c->count, &rate);
    if (!is_enough)
        rate = 1;
    size_t length = weight_word(c, extra);
    for (uint32_t i = 0; i < c->count; i++) {
        bool is_last = i + 1 == c->count;
        bool is_pair = is_weighted && c->count > 1;
        if (is_pair)
            rate_of(samples[2 * i + 1], &rate);
        put_sample(s, series, samples[i * width], rate, time,
                   (struct span){ extra, is_last && !is_enough && !is_pair ? length : 0 });
    }
    free(samples);
}

static void put_sketch(struct saving *s, struct span series, const struct cell *c, int64_t time)
{
    size_t size = sketch_write(c->sketch, NULL, 0);
    char *extra = xmalloc(size + NUMBER_TEXT_MAX + 32);
    size_t length = weight_word(c, extra);
    length += (size_t)sprintf(extra + length, " sketch=");
    length += sketch_write(c->sketch, extra + length, size);
    put(s, series, RECORD_TIMER, SPAN(""), SPAN("1"), time, (struct span){ extra, length });
    free(extra);
}

static void put_hyperloglog(struct saving *s, struct span series, const struct cell *c, int64_t time)
{
    char extra[HYPERLOGLOG_TEXT + 16];
    size_t length = (size_t)sprintf(extra, "registers=");
    hyperloglog_write(c->hyperloglog, extra + length);
    put(s, series, RECORD_SET, SPAN(""), SPAN("1"), time, (struct span){ extra, length + HYPERLOGLOG_TEXT });
}

/* What gauge_samples_each and members_each pass to their callbacks. */
struct cell_context {
    struct saving *saving;
    struct span series;
    int64_t time;
};

static void put_gauge_sample(int64_t time, double value, bool is_delta, void *context)
{
    const struct cell_context *cell = context;
    put_number(cell->saving, cell->series, is_delta ? RECORD_GAUGE_DELTA : RECORD_GAUGE, value, time);
}

static void put_member(struct span member, void *context)
{
    const struct cell_context *cell = context;
    put(cell->saving, cell->series, RECORD_SET, member, SPAN("1"), cell->time, SPAN(""));
}

static void put_cell(struct saving *s, const struct slot *slot, struct cell *c, int64_t time)
{
    struct cell_context context = { s, series_of(slot), time };
    switch ((enum family)slot->family) {
    case FAMILY_COUNTER: put_number(s, context.series, RECORD_COUNTER, c->sum, time); break;
    case FAMILY_TIMER:
        if (c->count == CELL_SKETCHED)
            put_sketch(s, context.series, c, time);
        else
            put_samples(s, context.series, c, time);
        break;
    case FAMILY_GAUGE:
        if (s->store->config->gauges_by_time)
            gauge_samples_each(c->gauge_samples, put_gauge_sample, &context);
        else
            put_number(s, context.series, RECORD_GAUGE, c->value, time);
        break;
    default:
        if (c->count == CELL_SKETCHED)
            put_hyperloglog(s, context.series, c, time);
        else
            members_each(c->members, put_member, &context);
    }
}

/* END: the end of the last interval written; the start of the first one when none has been. */
static int64_t closed_end(const struct store *s)
{
    if (s->config->mode == TIME_LIVE)
        return s->live.start;
    if (s->event.written_end != NEVER || !s->event.count)
        return s->event.written_end;
    return s->event.open[0]->start;
}

/* A series' last end may be past END when the clock has been set back since, or the interval had
 * another length before. */
static void put_known(struct saving *s, const struct slot *slot, const struct history *history)
{
    int64_t closed = closed_end(s->store), end = history->last_end < closed ? history->last_end : closed;
    if (slot->family == FAMILY_GAUGE)
        put_number(s, series_of(slot), RECORD_GAUGE, history->gauge, end - 1);
    else
        put(s, series_of(slot), family_record((enum family)slot->family), SPAN(""), SPAN("1"), end - 1, SPAN(""));
    if (end > s->filled)
        s->filled = end;
}

/* The time of an open interval's samples: live it is now, but inside the interval. */
static int64_t time_in(const struct saving *s, const struct interval *interval)
{
    if (s->store->config->mode == TIME_EVENT)
        return interval->newest;
    return s->now < interval->start ? interval->start : s->now >= interval->end ? interval->end - 1 : s->now;
}

static void put_slots(struct saving *s, bool with_open)
{
    const struct table *t = &s->store->table;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct slot *slot = &t->slots[i];
        if (!slot->is_known)
            continue;
        if (t->history[i].last_end != NEVER)
            put_known(s, slot, &t->history[i]);
        const size_t open = with_open && slot->open_cells ? store_open_count(s->store) : 0;
        for (size_t number = 0; number < open; number++) {
            const struct interval *interval = store_open(s->store, number);
            struct cell *c = interval_find(interval, t, i);
            if (c)
                put_cell(s, slot, c, time_in(s, interval));
        }
    }
}

static void put_time(struct saving *s, struct span name, int64_t time, struct span extra)
{
    char text[CLOCK_TEXT_MAX];
    put(s, name, RECORD_GAUGE, (struct span){ text, clock_format(time, text) }, SPAN("1"), time, extra);
}

/* The sixth column of END's record: words separated by blanks. */
struct end_words {
    char *text;
    size_t length, capacity;
};

enum { LONGEST_WORD = 160, MOST_INTERVALS = 1 << 20 };

static void add_word(struct end_words *w, const char *format, ...)
{
    va_list arguments;
    if (w->capacity - w->length < LONGEST_WORD) {
        w->capacity = w->capacity * 2 + 2 * LONGEST_WORD;
        w->text = xreallocarray(w->text, w->capacity, 1);
    }
    if (w->length)
        w->text[w->length++] = ' ';
    va_start(arguments, format);
    w->length += (size_t)vsnprintf(w->text + w->length, LONGEST_WORD - 1, format, arguments);
    va_end(arguments);
}

/* The self-metrics of an open interval. With --no-self it only matters that the interval exists,
 * which its cells show if it has any. */
static void add_open(struct end_words *w, const struct store *s, const struct interval *interval)
{
    char start[CLOCK_TEXT_MAX];
    if (s->config->filter.no_self ? interval->count > 0 : !interval->records)
        return;
    size_t length = clock_format(interval->start, start);
    add_word(w, "open=%.*s,%" PRIu64 ",%" PRIu64, (int)length, start, interval->records, interval->bad);
}

static void add_figures(struct end_words *w, const struct store *s)
{
    const struct figures *f = &s->figures;
    for (size_t i = 0; i < store_open_count(s) && i < MOST_INTERVALS; i++)
        add_open(w, s, store_open(s, i));
    if (!s->config->filter.no_self && (f->records || f->series_refused || f->series_evicted || f->flushes_delayed))
        add_word(w, "waiting=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, f->records, f->bad,
                 f->late, f->series_refused, f->series_evicted, f->flushes_delayed);
}

/* The last record: a file without it has been truncated. */
static void put_end(struct saving *s, bool with_open)
{
    const struct store *store = s->store;
    const bool is_event = store->config->mode == TIME_EVENT;
    struct end_words words = { .text = NULL };
    char filled[CLOCK_TEXT_MAX];
    if (with_open && is_event && store->event.newest > s->newest)
        put_time(s, SPAN("statsd.newest"), store->event.newest, SPAN("newest"));
    if (is_event && store->event.written_end == NEVER)
        add_word(&words, "none");
    else if (is_event && store->event.filled_end != s->filled)
        add_word(&words, "filled=%.*s", (int)clock_format(store->event.filled_end, filled), filled);
    if (with_open)
        add_figures(&words, store);
    put_time(s, SPAN("statsd.closed"), closed_end(store), (struct span){ words.text, words.length });
    free(words.text);
}

static bool write_file(struct saving *s, const char *path, bool with_open)
{
    char *fresh = xmalloc(strlen(path) + 5);
    sprintf(fresh, "%s.new", path);
    s->fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    s->failed = s->fd < 0;
    if (!s->failed) {
        put_slots(s, with_open);
        put_end(s, with_open);
        drain(s);
        s->failed |= with_open && !s->failed && fsync(s->fd) < 0;
        s->failed |= close(s->fd) < 0 || (!s->failed && rename(fresh, path) < 0);
    }
    if (s->failed) {
        say("write %s: %s", fresh, strerror(errno));
        unlink(fresh);
    }
    free(fresh);
    return !s->failed;
}

bool state_save(const struct store *s, const char *path, int64_t now, bool with_open)
{
    if (!s->table.known) {
        if (unlink(path) < 0 && errno != ENOENT)
            warn_errno("remove %s", path);
        return true;
    }
    struct saving saving = { .store = s, .now = now, .newest = NEVER, .filled = NEVER };
    bool good = write_file(&saving, path, with_open);
    free(saving.text);
    return good;
}
