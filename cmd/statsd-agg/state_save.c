#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "saving.h"

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
static void put_known(struct saving *s, const struct slot *slot)
{
    int64_t closed = closed_end(s->store), last = table_last_end(&s->store->table, slot);
    int64_t end = last < closed ? last : closed;
    if (slot->family == FAMILY_GAUGE)
        saving_put_number(s, saving_series(s, slot), RECORD_GAUGE, slot->cell.before, end - 1);
    else
        saving_put(s, saving_series(s, slot), family_record((enum family)slot->family), SPAN(""), SPAN("1"), end - 1,
                   SPAN(""));
    if (end > s->filled)
        s->filled = end;
}

static void put_cell_of(struct saving *s, uint32_t i, const struct interval *interval)
{
    const struct slot *slot = &s->store->table.slots[i];
    struct cell *c = interval_find(interval, &s->store->table, i);
    if (c)
        saving_put_cell(s, slot, c, interval);
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
        if (slot->last_end != ENDS_NEVER)
            put_known(s, slot);
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
 * which its cells show if it has any. One that the clock has opened may have no records. */
static void add_open(struct end_words *w, const struct store *s, const struct interval *interval)
{
    char start[CLOCK_TEXT_MAX];
    if (!s->event.by_clock && (s->config->filter.no_self ? interval->count > 0 : !interval->records))
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
        const struct self_counts *f = &due->self_counts;
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
        const struct self_counts *f = &s->due[i]->self_counts;
        if (s->due[i]->records)
            add_open(w, s, s->due[i]);
        waiting->records += f->records;
        waiting->bad += f->bad;
        waiting->late += f->late;
        waiting->series_refused += f->series_refused;
        waiting->series_evicted += f->series_evicted;
    }
}

static void add_self_counts(struct end_words *w, const struct store *s)
{
    struct self_counts f = s->self_counts;
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
static void put_end(struct saving *s, enum state_extent extent)
{
    const struct store *store = s->store;
    const bool with_open = extent != STATE_CLOSED;
    const bool is_event = store->config->mode == TIME_EVENT;
    struct end_words words = { .text = NULL };
    char filled[CLOCK_TEXT_MAX];
    bool is_newest_known = store->event.newest <= s->newest && !store->event.by_clock;
    if (with_open && is_event && !is_newest_known && store->event.newest != NEVER)
        put_time(s, SPAN("statsd.newest"), store->event.newest, SPAN("newest"));
    if (is_event && store->event.written_end == NEVER)
        add_word(&words, "none");
    else if (is_event && store->event.filled_end != s->filled)
        add_word(&words, "filled=%.*s", (int)clock_format(store->event.filled_end, filled), filled);
    if (with_open)
        add_self_counts(&words, store);
    if (extent == STATE_ASKED)
        add_word(&words, "saved=%" PRIu64, store->asked);
    put_time(s, SPAN("statsd.closed"), closed_end(store), (struct span){ words.text, words.length });
    free(words.text);
}

static void write_file(struct saving *s, enum state_extent extent)
{
    bool with_open = extent != STATE_CLOSED;
    put_slots(s, with_open);
    put_end(s, extent);
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
    tagging_scratch_free(&s->scratch);
    return !s->failed;
}

bool state_save(const struct store *s, const struct state_file *file, int64_t now, enum state_extent extent)
{
    if (!s->table.known && !s->event.by_clock) {
        if (unlink(state_file_path(file)) < 0 && errno != ENOENT)
            warn_errno("remove %s", state_file_path(file));
        return true;
    }
    struct saving saving = { .store = s, .now = now, .newest = NEVER, .filled = NEVER };
    return replace_file(&saving, file, extent);
}
