#include "intake.h"

#include <math.h>
#include <string.h>

_Static_assert((int)LINES_SLACK >= (int)RECORD_SLACK && (int)LINES_SLACK >= (int)RECORD_BEFORE,
               "lines have too little slack");

void intake_init(struct intake *intake, const struct adder *adder)
{
    *intake = (struct intake){ .adder = *adder, .memo = RECORD_MEMO_NONE, .batch.newest = NEVER };
}

/* A million series do not fit into a cache, and a record needs three places in memory: the series'
 * entry in the index, its slot, and after that a timer's newest sample or a set's members. Waiting
 * for each in turn costs more than all the work, so the places of a whole batch are prefetched
 * before the first is used: the entry when a record is put into the batch, the slot here, and the
 * samples or members once the slot is confirmed. A wrong guess only wastes a prefetch. */
static void fetch_slots(struct batch *b, const struct table *t)
{
    for (struct pending_record *p = b->records; p < b->records + b->count; p++) {
        p->guess = table_guess(t, p->hash);
        if (p->guess != TABLE_NO_SLOT)
            __builtin_prefetch(&t->slots[p->guess], 1);
    }
}

static void hash_members(struct batch *b, const struct table *t)
{
    const uint16_t *numbers = b->by_family[FAMILY_SET];
    for (size_t i = 0; i < b->family_counts[FAMILY_SET]; i++) {
        struct pending_record *p = &b->records[numbers[i]];
        p->member_hash = members_hash(&t->seed, p->record.value);
    }
}

static struct cell *cell_of(const struct table *t, const struct pending_record *p)
{
    return &t->slots[p->guess].cell;
}

/* A record that is refused must not create a series or a cell. */
static bool may_be_refused(const struct record *r)
{
    return r->type == RECORD_GAUGE_DELTA ||
           (family_of(r->type) == FAMILY_COUNTER && !isfinite(r->number * add_weight(r)));
}

/* Makes the guess the record's slot, creating the series if need be; false when only add_record can
 * do that. */
static bool has_slot(struct table *t, struct pending_record *p)
{
    const struct series_key key = { p->record.series, p->family, p->hash };
    if (table_confirm(t, p->guess, key.series, key.family))
        return true;
    int64_t slot = may_be_refused(&p->record) ? -1 : table_get(t, &key);
    p->guess = slot < 0 ? TABLE_NO_SLOT : (uint32_t)slot;
    return slot >= 0;
}

/* True when the cell in the record's slot is the interval's, made if need be. When another interval
 * has its cell there, only add_record can add the record. */
static bool has_own_cell(struct table *t, struct interval *interval, const struct pending_record *p)
{
    const struct cell *own = cell_of(t, p);
    if (own->interval == interval->serial)
        return true;
    return !own->interval && !may_be_refused(&p->record) && interval_make(interval, t, p->guess) == own;
}

/* The newest time of the batch without the refused records, whose time is NEVER. */
static int64_t newest_time(const struct batch *b)
{
    int64_t newest = NEVER;
    for (const struct pending_record *p = b->records; p < b->records + b->count; p++)
        newest = p->record.time > newest ? p->record.time : newest;
    return newest;
}

/* True when every record of the batch belongs to the interval and none makes another one due.
 * Closing an interval lets idle series go, and a cell made before that would keep them. */
static bool all_belong(const struct adder *a, const struct batch *b, const struct interval *interval)
{
    if (a->config->mode != TIME_EVENT)
        return true;
    for (const struct pending_record *p = b->records; p < b->records + b->count; p++)
        if (p->record.time < interval->start || p->record.time >= interval->end)
            return false;
    return !event_would_close(&a->store->event, b->newest);
}

/* True when every record's series has its cell in its slot, which is the usual case. Prefetches a
 * timer's samples and a set's members; in a counter or gauge the same field is not an address, and
 * prefetching it is harmless and saves a branch. */
static bool all_have_cells(struct batch *b, struct table *t, struct interval *interval)
{
    for (struct pending_record *p = b->records; p < b->records + b->count; p++) {
        if (!has_slot(t, p) || !has_own_cell(t, interval, p))
            return false;
        __builtin_prefetch(cell_of(t, p)->next, 1);
    }
    return true;
}

static void fetch_members(const struct batch *b, const struct table *t)
{
    const uint16_t *numbers = b->by_family[FAMILY_SET];
    for (size_t i = 0; i < b->family_counts[FAMILY_SET]; i++) {
        const struct pending_record *p = &b->records[numbers[i]];
        const struct cell *c = cell_of(t, p);
        if (c->count != CELL_SKETCHED)
            members_fetch(c->members, p->member_hash);
    }
}

static void refuse_value(struct adder *a, struct interval *interval, struct pending_record *p)
{
    add_refuse_value(a, interval, p);
    p->record.time = NEVER;
}

static void add_counters(struct adder *a, struct batch *b, struct interval *interval)
{
    const struct table *t = &a->store->table;
    const uint16_t *numbers = b->by_family[FAMILY_COUNTER];
    const size_t count = b->family_counts[FAMILY_COUNTER];
    for (size_t i = 0; i < count; i++) {
        struct pending_record *p = &b->records[numbers[i]];
        struct cell *c = cell_of(t, p);
        double sum = c->sum + p->record.number * add_weight(&p->record);
        if (isfinite(sum))
            c->sum = sum;
        else
            refuse_value(a, interval, p);
    }
}

static void add_timers(struct store *s, const struct batch *b)
{
    const uint16_t *numbers = b->by_family[FAMILY_TIMER];
    const size_t count = b->family_counts[FAMILY_TIMER];
    for (size_t i = 0; i < count; i++) {
        const struct pending_record *p = &b->records[numbers[i]];
        cell_add_sample(cell_of(&s->table, p), &s->config->limits, &s->pool, p->record.number, add_weight(&p->record));
    }
}

static void add_gauges(struct adder *a, struct batch *b, struct interval *interval)
{
    const uint16_t *numbers = b->by_family[FAMILY_GAUGE];
    const size_t count = b->family_counts[FAMILY_GAUGE];
    for (size_t i = 0; i < count; i++) {
        struct pending_record *p = &b->records[numbers[i]];
        if (!add_gauge(a, interval, p->guess, &p->record))
            refuse_value(a, interval, p);
    }
}

static void add_sets(struct store *s, const struct batch *b)
{
    const uint16_t *numbers = b->by_family[FAMILY_SET];
    const size_t count = b->family_counts[FAMILY_SET];
    for (size_t i = 0; i < count; i++) {
        const struct pending_record *p = &b->records[numbers[i]];
        cell_add_member(cell_of(&s->table, p), &s->config->limits, &s->pool, p->member_hash, p->record.value);
    }
}

/* In many streams a record's family is random, so a branch on it is mispredicted. When all records
 * have their cells they are added family by family instead. The order of two series matters only
 * for which of two values is refused first, and --strict, which needs that, uses add_in_order. */
static void add_by_family(struct intake *intake, struct interval *interval)
{
    struct adder *a = &intake->adder;
    struct batch *b = &intake->batch;
    int64_t newest = b->newest;
    uint64_t bad = interval->bad;
    fetch_members(b, &a->store->table);
    if (a->config->mode == TIME_EVENT)
        event_interval(&a->store->event, newest);
    add_counters(a, b, interval);
    add_timers(a->store, b);
    add_gauges(a, b, interval);
    add_sets(a->store, b);
    intake->lines += b->count;
    interval->records += b->count;
    if (interval->bad != bad)
        newest = newest_time(b);
    if (newest != NEVER)
        add_times(a, interval, newest);
}

static void add_in_order(struct intake *intake)
{
    for (size_t i = 0; i < intake->batch.count && !intake->adder.stop; i++) {
        intake->lines++;
        add_record(&intake->adder, &intake->batch.records[i]);
    }
}

static void add_batch(struct intake *intake)
{
    struct adder *a = &intake->adder;
    struct batch *b = &intake->batch;
    struct table *t = &a->store->table;
    struct interval *interval = a->config->mode == TIME_EVENT ? a->store->event.last : a->store->current;
    fetch_slots(b, t);
    hash_members(b, t);
    bool is_usual = b->count && !a->stop && interval && !a->config->filter.strict;
    if (is_usual && all_belong(a, b, interval) && all_have_cells(b, t, interval))
        add_by_family(intake, interval);
    else
        add_in_order(intake);
    b->count = 0;
    b->newest = NEVER;
    memset(b->family_counts, 0, sizeof b->family_counts);
}

static inline struct pending_record *next_free(struct intake *intake)
{
    return &intake->batch.records[intake->batch.count];
}

struct reason {
    const char *what;
    struct span culprit;
    const char *why;
};

static void refuse_bad(struct intake *intake, struct span line, uint64_t number, const struct reason *reason);

static bool is_clock(const struct config *c, const struct record *r)
{
    return r->type == RECORD_GAUGE && memcmp(r->series.text, c->clock.text, c->clock.length) == 0;
}

/* A record of --clock is no sample. Those before it are added first. */
static void take_clock(struct intake *intake, const struct record *r, uint64_t number, size_t line_length)
{
    struct adder *a = &intake->adder;
    const struct record clock = *r;
    if (clock.number >= 0 && clock.number < 0x1p53 && clock.number == floor(clock.number)) {
        add_batch(intake);
        if (!a->stop)
            a->clock(a->context, clock.time, (uint64_t)clock.number);
    } else {
        refuse_bad(intake, (struct span){ clock.series.text, line_length }, number,
                   &(struct reason){ "bad clock", clock.value, "expected the number of a state" });
    }
}

/* Puts the record that was read into next_free's place into the batch. */
static inline void put(struct intake *intake, struct pending_record *p, uint64_t number, size_t line_length)
{
    struct batch *b = &intake->batch;
    const struct adder *a = &intake->adder;
    const struct table *t = &a->store->table;
    enum family family = family_of(p->record.type);
    if (p->record.series.length == a->config->clock.length && is_clock(a->config, &p->record)) {
        take_clock(intake, &p->record, number, line_length);
        return;
    }
    p->number = number;
    p->line_length = line_length;
    p->family = family;
    p->hash = table_hash(t, p->record.series, family);
    table_fetch(t, p->hash);
    if (p->record.time > b->newest)
        b->newest = p->record.time;
    b->by_family[family][b->family_counts[family]++] = (uint16_t)b->count++;
    if (b->count == BATCH_MOST)
        add_batch(intake);
}

/* Counts a bad line in the open interval or, in event time, in the next one written. */
static void count_bad(struct store *s)
{
    ++*(s->current ? &s->current->records : &s->self_counts.records);
    ++*(s->current ? &s->current->bad : &s->self_counts.bad);
}

/* The records before a bad line are added first, so that messages come in the order of lines. */
static void refuse_bad(struct intake *intake, struct span line, uint64_t number, const struct reason *reason)
{
    struct adder *a = &intake->adder;
    add_batch(intake);
    if (a->stop)
        return;
    intake->lines++;
    count_bad(a->store);
    add_refuse(a, &a->bad, line, number, reason->what, reason->culprit, reason->why);
}

static void take_line(struct intake *intake, enum lines_status status, const struct line *line, uint64_t number)
{
    struct pending_record *p = next_free(intake);
    const struct span whole = { line->text, line->length };
    struct span culprit = whole;
    enum record_error error = RECORD_TOO_LONG;
    if (status == LINES_ONE && !line->length)
        return;
    if (status == LINES_ONE)
        error = line->torn ? RECORD_TORN : record_parse(line->text, line->length, &p->record, &culprit);
    if (error != RECORD_OK)
        refuse_bad(intake, whole, number,
                   &(struct reason){ record_error_what(error), culprit, record_error_why(error) });
    else if (table_is_too_long(&intake->adder.store->table, p->record.series))
        refuse_bad(intake, whole, number, &(struct reason){ "bad series", p->record.series, TABLE_TOO_LONG });
    else
        put(intake, p, number, line->length);
}

/* Takes the whole lines in the buffer, unless lines_next has already looked at the first of
 * them. A longer one than usual may have a series that is too long. */
static void take_whole_lines(struct intake *intake, struct lines *in)
{
    const char *line = lines_begin(in), *newline;
    const size_t usual = in->max_line < TABLE_MAX_NAME / 4 ? in->max_line : TABLE_MAX_NAME / 4;
    uint64_t number = in->number;
    if (lines_is_begun(in))
        return;
    while (!intake->adder.stop && (newline = lines_find_end(in, line)) < lines_end(in)) {
        size_t length = (size_t)(newline - line);
        struct pending_record *p = next_free(intake);
        number++;
        if (length <= usual && record_plain(&intake->memo, line, length, &p->record)) {
            put(intake, p, number, length);
        } else {
            struct line odd;
            enum lines_status status = lines_at(in, line, newline, &odd);
            take_line(intake, status, &odd, number);
        }
        line = newline + 1;
    }
    lines_pass(in, line, number - in->number);
}

enum lines_status intake_take(struct intake *intake, struct lines *in)
{
    enum lines_status status = LINES_MORE;
    while (!intake->adder.stop) {
        struct line line;
        take_whole_lines(intake, in);
        status = lines_next(in, &line);
        if (status >= LINES_MORE)
            break;
        if (!intake->adder.stop)
            take_line(intake, status, &line, in->number);
    }
    add_batch(intake);
    return status;
}
