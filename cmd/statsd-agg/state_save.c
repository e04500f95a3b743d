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
#include "saving.h"

static struct span series_of(struct saving *s, const struct slot *slot)
{
    return table_series(&s->store->table, slot, &s->series);
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

/* The time of an open interval's samples: live it is now, but inside the interval. */
static int64_t time_in(const struct saving *s, const struct interval *interval)
{
    int64_t time = s->store->config->mode == TIME_EVENT ? interval->newest : s->now;
    return time < interval->start ? interval->start : time >= interval->end ? interval->end - 1 : time;
}

static void put_sample(struct saving *s, struct span series, double value, double rate, int64_t time, struct span extra)
{
    char value_text[NUMBER_TEXT_MAX], rate_text[NUMBER_TEXT_MAX];
    saving_put(s, series, value < 0 ? RECORD_DISTRIBUTION : RECORD_TIMER,
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
    saving_put(s, series, RECORD_TIMER, SPAN(""), SPAN("1"), time, (struct span){ extra, length });
    free(extra);
}

static void put_hyperloglog(struct saving *s, struct span series, const struct cell *c, int64_t time)
{
    char extra[HYPERLOGLOG_TEXT + 16];
    size_t length = (size_t)sprintf(extra, "registers=");
    hyperloglog_write(c->hyperloglog, extra + length);
    saving_put(s, series, RECORD_SET, SPAN(""), SPAN("1"), time, (struct span){ extra, length + HYPERLOGLOG_TEXT });
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
    saving_put_number(cell->saving, cell->series, is_delta ? RECORD_GAUGE_DELTA : RECORD_GAUGE, value, time);
}

static void put_member(struct span member, void *context)
{
    const struct cell_context *cell = context;
    saving_put(cell->saving, cell->series, RECORD_SET, member, SPAN("1"), cell->time, SPAN(""));
}

static void put_cell(struct saving *s, const struct slot *slot, struct cell *c, const struct interval *interval)
{
    int64_t time = time_in(s, interval);
    struct cell_context context = { s, series_of(s, slot), time };
    switch ((enum family)slot->family) {
    case FAMILY_COUNTER: saving_put_number(s, context.series, RECORD_COUNTER, c->sum, time); break;
    case FAMILY_TIMER:
        if (c->count == CELL_SKETCHED)
            put_sketch(s, context.series, c, time);
        else
            put_samples(s, context.series, c, time);
        break;
    case FAMILY_GAUGE:
        if (s->store->config->gauges_by_time && !interval->is_settled)
            gauge_samples_each(c->gauge_samples, put_gauge_sample, &context);
        else
            saving_put_number(s, context.series, RECORD_GAUGE, c->value, time);
        break;
    default:
        if (c->count == CELL_SKETCHED)
            put_hyperloglog(s, context.series, c, time);
        else
            members_each(c->members, put_member, &context);
    }
}

/* END: the end of the last interval written; the start of the first one when none has been. If the
 * clock has been set back, intervals that are due may begin after the open one. */
static int64_t closed_end(const struct store *s)
{
    bool is_live = s->config->mode == TIME_LIVE;
    int64_t end = is_live ? s->live.start : s->event.written_end;
    if (!is_live && end == NEVER)
        end = s->event.count ? s->event.open[0]->start : 0;
    for (size_t i = 0; i < s->due_count; i++)
        if (s->due[i]->start < end)
            end = s->due[i]->start;
    return end;
}

/* A series' last end may be past END when the clock has been set back since, or the interval had
 * another length before. */
static void put_known(struct saving *s, const struct slot *slot, const struct history *history)
{
    int64_t closed = closed_end(s->store), end = history->last_end < closed ? history->last_end : closed;
    if (slot->family == FAMILY_GAUGE)
        saving_put_number(s, series_of(s, slot), RECORD_GAUGE, history->gauge, end - 1);
    else
        saving_put(s, series_of(s, slot), family_record((enum family)slot->family), SPAN(""), SPAN("1"), end - 1,
                   SPAN(""));
    if (end > s->filled)
        s->filled = end;
}

static void put_cell_of(struct saving *s, uint32_t i, const struct interval *interval)
{
    const struct slot *slot = &s->store->table.slots[i];
    struct cell *c = interval_find(interval, &s->store->table, i);
    if (c)
        put_cell(s, slot, c, interval);
}

/* The samples of a slot in the intervals that are due and then in those that are open. */
static void put_cells(struct saving *s, uint32_t i)
{
    const struct store *store = s->store;
    for (size_t number = 0; number < store->due_count; number++) {
        if (store->config->mode == TIME_LIVE)
            s->due_length = (size_t)sprintf(s->due, "due=%zu", number);
        put_cell_of(s, i, store->due[number]);
        s->due_length = 0;
    }
    for (size_t number = 0; number < store_open_count(store); number++)
        put_cell_of(s, i, store_open(store, number));
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
        if (with_open && slot->open_cells)
            put_cells(s, i);
    }
}

static void put_time(struct saving *s, struct span name, int64_t time, struct span extra)
{
    char text[CLOCK_TEXT_MAX];
    saving_put(s, name, RECORD_GAUGE, (struct span){ text, clock_format(time, text) }, SPAN("1"), time, extra);
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

/* Live: the intervals that are due, and where the open one begins. */
static void add_live_due(struct end_words *w, const struct store *s)
{
    char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];
    for (size_t i = 0; i < s->due_count; i++) {
        const struct interval *due = s->due[i];
        const struct self_counts *f = &due->figures;
        int start_length = (int)clock_format(due->start, start), end_length = (int)clock_format(due->end, end);
        add_word(w, "due=%.*s,%.*s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, start_length, start,
                 end_length, end, due->records, due->bad, f->series_refused, f->series_evicted, f->flushes_delayed);
    }
    add_word(w, "current=%.*s", (int)clock_format(s->live.start, start), start);
}

/* Event time: an interval that is due is open again after a restart. One that was empty comes again
 * by itself. */
static void add_event_due(struct end_words *w, const struct store *s, struct self_counts *waiting)
{
    for (size_t i = 0; i < s->due_count; i++) {
        const struct self_counts *f = &s->due[i]->figures;
        if (s->due[i]->records)
            add_open(w, s, s->due[i]);
        waiting->records += f->records;
        waiting->bad += f->bad;
        waiting->late += f->late;
        waiting->series_refused += f->series_refused;
        waiting->series_evicted += f->series_evicted;
    }
}

static void add_figures(struct end_words *w, const struct store *s)
{
    struct self_counts f = s->figures;
    if (s->due_count && s->config->mode == TIME_LIVE)
        add_live_due(w, s);
    else
        add_event_due(w, s, &f);
    for (size_t i = 0; i < store_open_count(s) && i < MOST_INTERVALS; i++)
        add_open(w, s, store_open(s, i));
    if (!s->config->filter.no_self && (f.records || f.series_refused || f.series_evicted || f.flushes_delayed))
        add_word(w, "waiting=%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, f.records, f.bad,
                 f.late, f.series_refused, f.series_evicted, f.flushes_delayed);
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

static void write_file(struct saving *s, enum state_extent extent)
{
    bool with_open = extent != STATE_CLOSED;
    put_slots(s, with_open);
    put_end(s, with_open);
    saving_drain(s);
    if (extent == STATE_FINAL && !s->failed && fsync(s->fd) < 0)
        saving_fail(s);
}

static bool replace_file(struct saving *s, const struct state_file *file, enum state_extent extent)
{
    const char *name;
    s->fd = state_file_begin(file, &name);
    if (s->fd < 0) {
        saving_fail(s);
    } else {
        write_file(s, extent);
        errno = s->error;
        if (state_file_end(file, s->fd, !s->failed) < 0)
            saving_fail(s);
    }
    if (s->failed)
        say("write %s: %s", name, strerror(s->error));
    free(s->text);
    free(s->joined);
    tagging_scratch_free(&s->series);
    return !s->failed;
}

bool state_save(const struct store *s, const struct state_file *file, int64_t now, enum state_extent extent)
{
    if (!s->table.known) {
        if (unlink(state_file_path(file)) < 0 && errno != ENOENT)
            warn_errno("remove %s", state_file_path(file));
        return true;
    }
    struct saving saving = { .store = s, .now = now, .newest = NEVER, .filled = NEVER };
    tagging_scratch_init(&saving.series);
    return replace_file(&saving, file, extent);
}
