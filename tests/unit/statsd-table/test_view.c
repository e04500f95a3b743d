/* grid and view: aggregates become rows and columns; rows are selected and sorted. */
#include "view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static enum grid_result add(struct grid *t, const char *series, enum aggregate_type type, const char *statistic,
                            double value)
{
    return grid_add(t, &(struct aggregate){ .series = { series, strlen(series) },
                                            .type = type,
                                            .statistic = { statistic, strlen(statistic) },
                                            .number = value });
}

static void fill(struct grid *t)
{
    add(t, "b", AGGREGATE_TIMER, "count", 3);
    add(t, "b", AGGREGATE_TIMER, "mean", 1.5);
    add(t, "a", AGGREGATE_COUNTER, "count", 9);
    add(t, "c", AGGREGATE_TIMER, "count", 1);
    add(t, "a", AGGREGATE_TIMER, "count", 3);
    add(t, "a", AGGREGATE_TIMER, "mean", -2);
    add(t, "d", AGGREGATE_TIMER, "mean", 7);
}

static void test_table(void)
{
    struct grid t;
    grid_init(&t, 100);
    fill(&t);
    tap_ok(t.row_count == 5, "a series and a type make a row");
    tap_ok(grid_column(&t, AGGREGATE_TIMER, SPAN("mean")) == 1, "columns are in order of appearance");
    tap_ok(grid_column(&t, AGGREGATE_COUNTER, SPAN("mean")) == -1, "each type has its own");
    tap_ok(grid_value(&t, 0, 1) == 1.5 && isnan(grid_value(&t, 2, 1)) && isnan(grid_value(&t, 0, -1)), "values");
    add(&t, "b", AGGREGATE_TIMER, "mean", 4);
    tap_ok(t.row_count == 5 && grid_value(&t, 0, 1) == 4, "the last value wins");
    double values[GRID_COLUMNS_MAX];
    grid_values(&t, 4, values);
    tap_ok(isnan(values[0]) && values[1] == 7, "a row's values at once");
    grid_clear(&t);
    tap_ok(t.row_count == 0 && grid_column(&t, AGGREGATE_TIMER, SPAN("mean")) == -1, "cleared");
    add(&t, "b", AGGREGATE_TIMER, "mean", 5);
    tap_ok(t.row_count == 1 && grid_value(&t, 0, 0) == 5, "and used again");
    grid_free(&t);
}

static void test_limits(void)
{
    struct grid t;
    char name[32];
    grid_init(&t, 5000);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "series.%d", i);
        add(&t, name, AGGREGATE_GAUGE, "value", i);
    }
    tap_ok(t.row_count == 5000, "5000 rows");
    tap_ok(add(&t, "more", AGGREGATE_GAUGE, "value", 1) == GRID_FULL, "and no more");
    tap_ok(add(&t, "series.17", AGGREGATE_GAUGE, "value", -1) == GRID_ADDED && grid_value(&t, 17, 0) == -1,
           "but those that are there are found");
    enum grid_result result = GRID_ADDED;
    int columns = 0;
    for (; result == GRID_ADDED && columns < 2000; columns++) {
        snprintf(name, sizeof name, "histogram.bin_%d", columns);
        result = add(&t, "series.1", AGGREGATE_TIMER, name, 1);
    }
    tap_ok(result == GRID_FULL && columns == 1, "a row of another type is one too many as well");
    grid_clear(&t);
    for (columns = 0, result = GRID_ADDED; result == GRID_ADDED; columns++) {
        snprintf(name, sizeof name, "histogram.bin_%d", columns);
        result = add(&t, "series.1", AGGREGATE_TIMER, name, 1);
    }
    tap_ok(result == GRID_WIDE && columns == GRID_COLUMNS_MAX + 1, "%d columns", GRID_COLUMNS_MAX);
    grid_free(&t);
}

static void check_rows(const struct grid *t, struct selection s, enum aggregate_type type, const char *expected)
{
    uint32_t rows[16];
    char names[16] = "";
    size_t count = view_rows(t, &s, type, rows);
    for (size_t i = 0; i < count; i++)
        names[i] = t->rows[rows[i]].series.text[0];
    tap_ok(strcmp(names, expected) == 0, "%s%.*s: %s (%s)", s.reversed ? "-" : "", (int)s.sort.length,
           s.sort.length ? s.sort.text : "", expected, names);
}

static void test_view(void)
{
    const struct span mean = SPAN("mean"), value = SPAN("value"), odd = SPAN("odd");
    struct grid t;
    grid_init(&t, 100);
    fill(&t);
    check_rows(&t, (struct selection){ .head = 9 }, AGGREGATE_TIMER, "bcad");
    check_rows(&t, (struct selection){ .head = 9 }, AGGREGATE_TYPES, "bacad");
    check_rows(&t, (struct selection){ .head = 2 }, AGGREGATE_TIMER, "bc");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("count") }, AGGREGATE_TIMER, "bacd");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("count"), .reversed = true }, AGGREGATE_TIMER, "cbad");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("count") }, AGGREGATE_TYPES, "abacd");
    check_rows(&t, (struct selection){ .head = 1, .sort = SPAN("mean") }, AGGREGATE_TIMER, "d");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("mean") }, AGGREGATE_TIMER, "dbac");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("series") }, AGGREGATE_TIMER, "abcd");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("series"), .reversed = true }, AGGREGATE_TIMER, "dcba");
    check_rows(&t, (struct selection){ .head = 9, .sort = SPAN("odd") }, AGGREGATE_TIMER, "bcad");
    check_rows(&t, (struct selection){ &mean, 1, .head = 9 }, AGGREGATE_TYPES, "bcad");
    check_rows(&t, (struct selection){ &value, 1, .head = 9 }, AGGREGATE_TYPES, "");
    check_rows(&t, (struct selection){ &odd, 1, .head = 9 }, AGGREGATE_TYPES, "bacad");
    grid_free(&t);
}

int main(void)
{
    test_table();
    test_limits();
    test_view();
    return tap_done();
}
