#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "state.h"

enum { CHUNK = 1 << 18 };

/* A file in the making. */
struct saving {
    const struct agg *agg;
    int fd;
    bool failed;
    int64_t newest; /* the largest time written */
    int64_t filled; /* the last end of an interval that a known series tells, or NEVER */
    char *text;     /* what is not yet in the file */
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

/* The rate whose weight, 1/rate, is that very double, if there is one: 1/w is at most a step away from it. */
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

/* The rate all samples of a timer may have had: the one whose weights, added up in order, are its count. */
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

/* The word of a timer's count, for which `extra` has room. The sum of weights may have outgrown a double. */
static size_t weight_word(const struct cell *c, char *extra)
{
    size_t length = (size_t)sprintf(extra, "weight=");
    if (isfinite(c->weight))
        return length + number_format(c->weight, extra + length);
    return length + (size_t)sprintf(extra + length, "inf");
}

static void put_samples(struct saving *s, struct span series, struct cell *c, int64_t time)
{
    const bool is_weighted = s->agg->config->limits.is_weighted;
    const unsigned width = limits_width(&s->agg->config->limits);
    double *samples = xreallocarray(NULL, c->count + 1, width * sizeof *samples);
    cell_copy_samples(c, &s->agg->config->limits, samples);
    char extra[NUMBER_TEXT_MAX + 16];
    double rate = 1;
    bool says_it_all = common_rate(c->weight, c->count, &rate);
    if (!says_it_all)
        rate = 1;
    size_t length = weight_word(c, extra);
    for (uint32_t i = 0; i < c->count; i++) {
        bool is_last = i + 1 == c->count;
        bool is_pair = is_weighted && c->count > 1;
        if (is_pair)
            rate_of(samples[2 * i + 1], &rate);
        put_sample(s, series, samples[i * width], rate, time,
                   (struct span){ extra, is_last && !says_it_all && !is_pair ? length : 0 });
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

/* What gauge_samples_each and members_each hand to their callbacks. */
struct place {
    struct saving *saving;
    struct span series;
    int64_t time;
};

static void put_gauge_sample(int64_t time, double value, bool is_delta, void *context)
{
    const struct place *p = context;
    put_number(p->saving, p->series, is_delta ? RECORD_GAUGE_DELTA : RECORD_GAUGE, value, time);
}

static void put_member(struct span member, void *context)
{
    const struct place *p = context;
    put(p->saving, p->series, RECORD_SET, member, SPAN("1"), p->time, SPAN(""));
}

static void put_cell(struct saving *s, const struct slot *slot, struct cell *c, int64_t time)
{
    struct place place = { s, series_of(slot), time };
    switch ((enum family)slot->family) {
    case FAMILY_COUNTER: put_number(s, place.series, RECORD_COUNTER, c->sum, time); break;
    case FAMILY_TIMER:
        if (c->count == CELL_SKETCHED)
            put_sketch(s, place.series, c, time);
        else
            put_samples(s, place.series, c, time);
        break;
    case FAMILY_GAUGE:
        if (s->agg->config->gauges_by_time)
            gauge_samples_each(c->gauge_samples, put_gauge_sample, &place);
        else
            put_number(s, place.series, RECORD_GAUGE, c->value, time);
        break;
    default:
        if (c->count == CELL_SKETCHED)
            put_hyperloglog(s, place.series, c, time);
        else
            members_each(c->members, put_member, &place);
    }
}

static int64_t closed_end(const struct agg *a)
{
    if (a->config->mode == TIME_LIVE)
        return a->live.start;
    if (a->event.written_end != NEVER || !a->event.count)
        return a->event.written_end;
    return a->event.open[0]->start;
}

/* Its last end may lie past END where the clock has been set back since, or the interval was another one before. */
static void put_known(struct saving *s, const struct slot *slot, const struct history *history)
{
    int64_t closed = closed_end(s->agg), end = history->last_end < closed ? history->last_end : closed;
    if (slot->family == FAMILY_GAUGE)
        put_number(s, series_of(slot), RECORD_GAUGE, history->gauge, end - 1);
    else
        put(s, series_of(slot), family_record((enum family)slot->family), SPAN(""), SPAN("1"), end - 1, SPAN(""));
    if (end > s->filled)
        s->filled = end;
}

/* The time of an open interval's samples: live the time they arrived, as far as it is known. */
static int64_t time_in(const struct agg *a, const struct interval *v)
{
    if (a->config->mode == TIME_EVENT)
        return v->newest;
    return a->now < v->start ? v->start : a->now >= v->end ? v->end - 1 : a->now;
}

static void put_slots(struct saving *s, bool with_open)
{
    const struct agg *a = s->agg;
    for (uint32_t i = 0; i < a->table.count; i++) {
        const struct slot *slot = &a->table.slots[i];
        if (!slot->is_known)
            continue;
        struct cell *live = a->current && slot->open_cells ? interval_find(a->current, &a->table, i) : NULL;
        if (a->table.history[i].last_end != NEVER)
            put_known(s, slot, &a->table.history[i]);
        if (with_open && live)
            put_cell(s, slot, live, time_in(a, a->current));
        for (size_t w = 0; with_open && slot->open_cells && w < a->event.count; w++) {
            struct cell *c = interval_find(a->event.open[w], &a->table, i);
            if (c)
                put_cell(s, slot, c, time_in(a, a->event.open[w]));
        }
    }
}

static void put_time(struct saving *s, struct span name, int64_t time, struct span extra)
{
    char text[CLOCK_TEXT_MAX];
    put(s, name, RECORD_GAUGE, (struct span){ text, clock_format(time, text) }, SPAN("1"), time, extra);
}

/* The words of END's record, each but the first after a blank. */
struct words {
    char *text;
    size_t length, capacity;
};

enum { LONGEST_WORD = 160, MOST_INTERVALS = 1 << 20 };

static void add_word(struct words *w, const char *format, ...)
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

/* What its own figures say of an open interval. Where they are not written, its being there is all that counts, and its
 * cells tell it. */
static void add_open(struct words *w, const struct agg *a, const struct interval *v)
{
    char start[CLOCK_TEXT_MAX];
    if (a->config->filter.no_self ? v->count > 0 : !v->records)
        return;
    size_t length = clock_format(v->start, start);
    add_word(w, "open=%.*s,%" PRIu64 ",%" PRIu64, (int)length, start, v->records, v->bad);
}

static void add_figures(struct words *w, const struct agg *a)
{
    const uint64_t refused = a->refused.complaint.total - a->refused_before;
    const uint64_t delayed = a->live.delayed - a->delayed_before;
    if (a->current)
        add_open(w, a, a->current);
    for (size_t i = 0; i < a->event.count && i < MOST_INTERVALS; i++)
        add_open(w, a, a->event.open[i]);
    if (!a->config->filter.no_self && (a->waiting_records || refused || a->evicted || delayed))
        add_word(w, "waiting=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, a->waiting_records,
                 a->waiting_bad, a->waiting_late, refused, a->evicted, delayed);
}

/* The last record is the one that tells a whole file from a cut one. */
static void put_end(struct saving *s, bool with_open)
{
    const struct agg *a = s->agg;
    const bool is_event = a->config->mode == TIME_EVENT;
    struct words words = { .text = NULL };
    char filled[CLOCK_TEXT_MAX];
    if (with_open && is_event && a->event.newest > s->newest)
        put_time(s, SPAN("statsd.newest"), a->event.newest, SPAN("newest"));
    if (is_event && a->event.written_end == NEVER)
        add_word(&words, "none");
    else if (is_event && a->event.filled_end != s->filled)
        add_word(&words, "filled=%.*s", (int)clock_format(a->event.filled_end, filled), filled);
    if (with_open)
        add_figures(&words, a);
    put_time(s, SPAN("statsd.closed"), closed_end(a), (struct span){ words.text, words.length });
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

bool state_save(const struct agg *a, const char *path, bool with_open)
{
    if (!a->table.known) {
        if (unlink(path) < 0 && errno != ENOENT)
            warn_errno("remove %s", path);
        return true;
    }
    struct saving s = { .agg = a, .newest = NEVER, .filled = NEVER };
    bool good = write_file(&s, path, with_open);
    free(s.text);
    return good;
}
