#include "intake.h"

#include <math.h>
#include <string.h>

#include "add.h"

_Static_assert((int)LINES_SLACK >= (int)RECORD_SLACK && (int)LINES_SLACK >= (int)RECORD_BEFORE,
               "lines have too little slack");

/* A million series do not fit into a cache, and a record needs three places of memory: the series' entry in the index, its
 * slot, and behind that a timer's newest sample or a set's members. Waiting for each in turn costs more than all the work; so
 * the places of a whole batch are asked for, rank by rank, before the first is used: the entry as a record is put in, the slot
 * here, and what is behind it when the slot has been found to be the series'. The guess changes nothing: a wrong one only
 * fetches in vain. */
static void fetch_slots(struct agg *a)
{
    for (struct taken *t = a->batch.taken; t < a->batch.taken + a->batch.count; t++) {
        t->guess = table_guess(&a->table, t->hash);
        if (t->guess != TABLE_NO_SLOT)
            __builtin_prefetch(&a->table.slots[t->guess], 1);
    }
}

static void hash_members(struct agg *a)
{
    const uint16_t *places = a->batch.places[FAMILY_SET];
    for (size_t i = 0; i < a->batch.counts[FAMILY_SET]; i++) {
        struct taken *t = &a->batch.taken[places[i]];
        t->member = members_hash(&a->table.seed, t->record.value);
    }
}

static struct cell *cell_of(const struct agg *a, const struct taken *t)
{
    return &a->table.slots[t->guess].cell;
}

/* A value that may be refused must leave no series and no cell behind. */
static bool may_be_refused(const struct record *r)
{
    return r->type == RECORD_GAUGE_DELTA ||
           (family_of(r->type) == FAMILY_COUNTER && !isfinite(r->number * add_weight(r)));
}

/* Makes the guess the record's slot, which may have to be made; false when that takes add_record. */
static bool has_slot(struct agg *a, struct taken *t)
{
    const struct key key = { t->record.series, t->family, t->hash };
    if (table_confirm(&a->table, t->guess, key.series, key.family))
        return true;
    int64_t slot = may_be_refused(&t->record) ? -1 : table_get(&a->table, &key);
    t->guess = slot < 0 ? TABLE_NO_SLOT : (uint32_t)slot;
    return slot >= 0;
}

/* True when the record's slot has a cell of the interval in itself, made if need be. Another interval may have its place, or
 * have left it: that takes add_record. */
static bool has_own_cell(struct agg *a, struct interval *v, const struct taken *t)
{
    const struct cell *own = cell_of(a, t);
    if (own->interval == v->serial)
        return true;
    return !own->interval && !may_be_refused(&t->record) && interval_make(v, &a->table, t->guess) == own;
}

/* The newest time of the batch without what has been refused, which has none. */
static int64_t newest_time(const struct agg *a)
{
    int64_t newest = NEVER;
    for (const struct taken *t = a->batch.taken; t < a->batch.taken + a->batch.count; t++)
        newest = t->record.time > newest ? t->record.time : newest;
    return newest;
}

/* True when every record of the batch belongs to the interval and none makes another one close: that lets idle series go, which
 * a cell made before would keep. */
static bool all_belong(const struct agg *a, const struct interval *v, int64_t newest)
{
    if (a->config->mode != TIME_EVENT)
        return true;
    for (const struct taken *t = a->batch.taken; t < a->batch.taken + a->batch.count; t++)
        if (t->record.time < v->start || t->record.time >= v->end)
            return false;
    return !event_would_close(&a->event, newest);
}

/* True when every record's series has a cell in its slot, as is usual; what is behind a timer's and a set's is asked for. What a
 * counter or a gauge has there is no address, which does no harm and costs no branch. */
static bool all_have_cells(struct agg *a, struct interval *v)
{
    for (struct taken *t = a->batch.taken; t < a->batch.taken + a->batch.count; t++) {
        if (!has_slot(a, t) || !has_own_cell(a, v, t))
            return false;
        __builtin_prefetch(cell_of(a, t)->next, 1);
    }
    return true;
}

static void fetch_members(struct agg *a)
{
    const uint16_t *places = a->batch.places[FAMILY_SET];
    for (size_t i = 0; i < a->batch.counts[FAMILY_SET]; i++) {
        const struct taken *t = &a->batch.taken[places[i]];
        const struct cell *c = cell_of(a, t);
        if (c->count != CELL_SKETCHED)
            members_fetch(c->members, t->member);
    }
}

static void refuse_value(struct agg *a, struct interval *v, struct taken *t)
{
    add_refuse_value(a, v, t);
    t->record.time = NEVER;
}

static void add_counters(struct agg *a, struct interval *v)
{
    const uint16_t *places = a->batch.places[FAMILY_COUNTER];
    const size_t count = a->batch.counts[FAMILY_COUNTER];
    for (size_t i = 0; i < count; i++) {
        struct taken *t = &a->batch.taken[places[i]];
        struct cell *c = cell_of(a, t);
        double sum = c->sum + t->record.number * add_weight(&t->record);
        if (isfinite(sum))
            c->sum = sum;
        else
            refuse_value(a, v, t);
    }
}

static void add_timers(struct agg *a)
{
    const uint16_t *places = a->batch.places[FAMILY_TIMER];
    const size_t count = a->batch.counts[FAMILY_TIMER];
    for (size_t i = 0; i < count; i++) {
        const struct taken *t = &a->batch.taken[places[i]];
        cell_add_sample(cell_of(a, t), &a->config->limits, &a->pool, t->record.number, add_weight(&t->record));
    }
}

static void add_gauges(struct agg *a, struct interval *v)
{
    const uint16_t *places = a->batch.places[FAMILY_GAUGE];
    const size_t count = a->batch.counts[FAMILY_GAUGE];
    for (size_t i = 0; i < count; i++) {
        struct taken *t = &a->batch.taken[places[i]];
        if (!add_gauge(a, v, t->guess, &t->record))
            refuse_value(a, v, t);
    }
}

static void add_sets(struct agg *a)
{
    const uint16_t *places = a->batch.places[FAMILY_SET];
    const size_t count = a->batch.counts[FAMILY_SET];
    for (size_t i = 0; i < count; i++) {
        const struct taken *t = &a->batch.taken[places[i]];
        cell_add_member(cell_of(a, t), &a->config->limits, &a->pool, t->member, t->record.value);
    }
}

/* Which record is of which family is random in many streams. So where all have their cells they are added family by family, and
 * no branch depends on it: nothing depends on the order of two series, but which of two values is refused first, as --strict
 * asks. */
static void add_by_family(struct agg *a, struct interval *v, int64_t newest)
{
    uint64_t bad = v->bad;
    fetch_members(a);
    if (a->config->mode == TIME_EVENT)
        event_get(&a->event, newest);
    add_counters(a, v);
    add_timers(a);
    add_gauges(a, v);
    add_sets(a);
    a->records += a->batch.count;
    v->records += a->batch.count;
    if (v->bad != bad)
        newest = newest_time(a);
    if (newest != NEVER)
        add_times(a, v, newest);
}

static void add_in_order(struct agg *a)
{
    for (size_t i = 0; i < a->batch.count && !a->stop; i++) {
        a->records++;
        add_record(a, &a->batch.taken[i]);
    }
}

static void take_batch(struct agg *a)
{
    struct interval *v = a->config->mode == TIME_EVENT ? a->event.last : a->current;
    int64_t newest = a->batch.newest;
    fetch_slots(a);
    hash_members(a);
    bool is_usual = a->batch.count && !a->stop && v && !a->config->filter.strict;
    if (is_usual && all_belong(a, v, newest) && all_have_cells(a, v))
        add_by_family(a, v, newest);
    else
        add_in_order(a);
    a->batch.count = 0;
    a->batch.newest = NEVER;
    memset(a->batch.counts, 0, sizeof a->batch.counts);
}

static inline struct taken *next_free(struct agg *a)
{
    return &a->batch.taken[a->batch.count];
}

/* Puts next_free's record, which has been read, into the batch. */
static inline void put(struct agg *a, struct taken *t, uint64_t number, size_t line_length)
{
    struct batch *b = &a->batch;
    enum family family = family_of(t->record.type);
    t->number = number;
    t->line_length = line_length;
    t->family = family;
    t->hash = table_hash(&a->table, t->record.series, family);
    table_fetch(&a->table, t->hash);
    if (t->record.time > b->newest)
        b->newest = t->record.time;
    b->places[family][b->counts[family]++] = (uint16_t)b->count++;
    if (b->count == BATCH_MOST)
        take_batch(a);
}

/* What comes before a bad line counts before it. */
static void refuse_bad(struct agg *a, const struct line *line, uint64_t number, enum record_error error,
                       struct span culprit)
{
    take_batch(a);
    if (a->stop)
        return;
    a->records++;
    ++*(a->current ? &a->current->records : &a->waiting_records);
    ++*(a->current ? &a->current->bad : &a->waiting_bad);
    add_refuse(a, &a->bad, (struct span){ line->text, line->length }, number, record_error_what(error), culprit,
               record_error_why(error));
}

static void take_line(struct agg *a, enum lines_status status, const struct line *line, uint64_t number)
{
    struct taken *t = next_free(a);
    struct span culprit = { line->text, line->length };
    enum record_error error = RECORD_TOO_LONG;
    if (status == LINES_ONE && !line->length)
        return;
    if (status == LINES_ONE)
        error = line->torn ? RECORD_TORN : record_parse(line->text, line->length, &t->record, &culprit);
    if (error == RECORD_OK)
        put(a, t, number, line->length);
    else
        refuse_bad(a, line, number, error, culprit);
}

/* The lines that are whole and buffered, but for one that lines_next has looked at. */
static void take_ended(struct agg *a, struct lines *in)
{
    const char *line = lines_begin(in), *newline;
    uint64_t number = in->number;
    if (lines_is_begun(in))
        return;
    while (!a->stop && (newline = lines_find_end(in, line)) < lines_end(in)) {
        size_t length = (size_t)(newline - line);
        struct taken *t = next_free(a);
        number++;
        if (length <= in->max_line && record_plain(&a->memo, line, length, &t->record)) {
            put(a, t, number, length);
        } else {
            struct line odd;
            enum lines_status status = lines_at(in, line, newline, &odd);
            take_line(a, status, &odd, number);
        }
        line = newline + 1;
    }
    lines_pass(in, line, number - in->number);
}

enum lines_status intake(struct agg *a, struct lines *in)
{
    enum lines_status status = LINES_MORE;
    while (!a->stop) {
        struct line line;
        take_ended(a, in);
        status = lines_next(in, &line);
        if (status >= LINES_MORE)
            break;
        if (!a->stop)
            take_line(a, status, &line, in->number);
    }
    take_batch(a);
    return status;
}
