/* statsd-agg's store and adder: where a record goes, and what is counted when it goes nowhere. */
#include "add.h"

#include <string.h>

#include "series/idle.h"
#include "tap.h"

/* An adder with a store of its own, and how often it asked to close what is due. */
struct fixture {
    struct config config;
    struct store store;
    struct flush flush;
    struct adder adder;
    int closes;
};

static void count_closes(void *context)
{
    struct fixture *f = context;
    f->closes++;
}

static void begin(struct fixture *f, enum time_mode mode, uint32_t max_series)
{
    *f = (struct fixture){ .config = { .mode = mode,
                                       .gauges_by_time = mode == TIME_EVENT,
                                       .interval = 10000,
                                       .lateness = 0,
                                       .idle = { 0, 0, IDLE_FOREVER, 0 },
                                       .limits = { CELL_SKETCHED - 1, 1000000, false },
                                       .filter.max_series = max_series } };
    die_set_verbosity(-1);
    store_init(&f->store, &f->config, 1700000003000, 0);
    f->adder = (struct adder){ .config = &f->config,
                               .store = &f->store,
                               .flush = &f->flush,
                               .bad = { .complaint.what = "bad records" },
                               .late = { .complaint.what = "late records" },
                               .series = { .complaint.what = "records of new series refused" },
                               .input = "test",
                               .now = 1700000003000,
                               .close_due = count_closes,
                               .context = f };
}

static void add(struct fixture *f, const char *line)
{
    struct pending_record p = { .number = 1, .line_length = strlen(line) };
    struct span culprit;
    if (record_parse(line, p.line_length, &p.record, &culprit) != RECORD_OK)
        tap_note("bad record %s", line);
    p.family = family_of(p.record.type);
    p.hash = table_hash(&f->store.table, p.record.series, p.family);
    p.guess = table_guess(&f->store.table, p.hash);
    p.member_hash = members_hash(&f->store.table.seed, p.record.value);
    add_record(&f->adder, &p);
}

static const struct cell *cell(struct fixture *f, const char *series, enum family family)
{
    const struct series_key key = table_key(&f->store.table, (struct span){ series, strlen(series) }, family);
    int64_t slot = table_find(&f->store.table, &key);
    return slot < 0 ? NULL : interval_find(store_open(&f->store, 0), &f->store.table, (uint32_t)slot);
}

static void test_families(void)
{
    struct fixture f;
    begin(&f, TIME_ONCE, 10);
    add(&f, "a\tc\t3\t0.5\t1");
    add(&f, "a\tg\t7\t1\t2");
    add(&f, "a\tgd\t2\t1\t3");
    add(&f, "a\tms\t5\t0.1\t4");
    add(&f, "a\ts\tx\t1\t5");
    add(&f, "a\ts\ty\t1\t5");
    tap_ok(cell(&f, "a", FAMILY_COUNTER)->sum == 6, "a counter's value is divided by its rate");
    tap_ok(cell(&f, "a", FAMILY_GAUGE)->value == 9, "a gauge is set and changed");
    tap_ok(cell(&f, "a", FAMILY_TIMER)->count == 1 && cell(&f, "a", FAMILY_TIMER)->weight == 10,
           "a timer's sample weighs 1/rate");
    tap_ok(cell_members(cell(&f, "a", FAMILY_SET)) == 2, "a set's members");
    tap_ok(f.store.current->records == 6 && f.store.current->newest == 5000, "and the interval's figures");
    store_free(&f.store);
}

static void test_refused(void)
{
    struct fixture f;
    begin(&f, TIME_LIVE, 1);
    add(&f, "a\tc\t1e308\t1\t1700000003");
    add(&f, "a\tc\t1e308\t1\t1700000003");
    tap_ok(f.store.current->records == 2 && f.store.current->bad == 1 && !f.adder.stop,
           "a value that makes a sum infinite is bad");
    add(&f, "b\tc\t1\t1\t1700000001");
    tap_ok(!cell(&f, "b", FAMILY_COUNTER) && f.store.self_counts.series_refused == 1,
           "a series without room is refused while none is idle");
    interval_drop(f.store.current, &f.store.table, 0);
    slot_close_cell(&f.store.table.slots[0]);
    evict_renew(&f.store.evict);
    add(&f, "b\tc\t1\t1\t1700000001");
    tap_ok(cell(&f, "b", FAMILY_COUNTER) && f.store.self_counts.series_evicted == 1, "an idle one makes room");
    tap_ok(f.store.self_counts.has_timestamp_lag && f.store.self_counts.timestamp_lag == 0, "the smallest lag is kept");
    store_free(&f.store);
}

static void test_event_time(void)
{
    struct fixture f;
    begin(&f, TIME_EVENT, 10);
    tap_ok(store_open_count(&f.store) == 0, "event time begins without an open interval");
    add(&f, "a\tg\t1\t1\t1");
    add(&f, "a\tgd\t1\t1\t1");
    tap_ok(store_open_count(&f.store) == 1 && f.closes == 1, "only a newest time can make an interval due");
    add(&f, "a\tg\t1\t1\t21");
    tap_ok(store_open_count(&f.store) == 2 && f.closes == 2, "closing it is left to the callback");
    tap_ok(store_interval(&f.store, 21500) == store_open(&f.store, 1), "the open intervals are in order");
    add(&f, "a\tg\t1\t1\t2");
    tap_ok(store_open(&f.store, 0)->records == 2 && f.store.self_counts.late == 1 && f.store.self_counts.records == 1,
           "a late record is counted in the next interval written");
    store_free(&f.store);
}

int main(void)
{
    test_families();
    test_refused();
    test_event_time();
    return tap_done();
}
