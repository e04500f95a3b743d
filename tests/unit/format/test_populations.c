/* populations: a timer's sum and bins have the population of its count. */
#include "format/populations.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static char diary[4096];
static size_t length;

static void note_point(void *self, const struct point *p)
{
    (void)self;
    length += (size_t)sprintf(diary + length, "%.*s", (int)p->series.length, p->series.text);
    for (size_t i = 0; i < p->count; i++)
        length += (size_t)sprintf(diary + length, " %.*s=%.*s", (int)p->values[i].statistic.length,
                                  p->values[i].statistic.text, (int)p->values[i].value.length, p->values[i].value.text);
    length += (size_t)sprintf(diary + length, "@%.*s|", (int)p->time_text.length, p->time_text.text);
}

static void note_end(void *self, int64_t time)
{
    (void)self;
    (void)time;
    length += (size_t)sprintf(diary + length, "end|");
}

static bool lacks_mean;

/* Rows `series type statistic value`, with a time added. */
static void gives(const char *what, const char *const *rows, const char *expected)
{
    static const struct points_owner owner = { .point = note_point, .end = note_end };
    struct populations populations;
    struct points points;
    struct rows_refusal refused;
    length = 0;
    populations_init(&populations, &owner, NULL);
    points_init(&points, &populations_owner, &populations, "test", 65536);
    for (; *rows; rows++) {
        char line[256];
        size_t size = (size_t)snprintf(line, sizeof line, "%s 17", *rows);
        for (size_t i = 0; i < size; i++)
            line[i] = line[i] == ' ' ? '\t' : line[i];
        if (!points_line(&points, &(struct rows_line){ .text = { line, size } }, &refused))
            tap_ok(false, "%s is a row", *rows);
    }
    points_end(&points);
    lacks_mean = populations.lacks_mean;
    points_free(&points);
    populations_free(&populations);
    if (!tap_ok(strcmp(diary, expected) == 0, "%s", what))
        tap_note("%s", diary);
}

#define ROWS(...)                                                                                                      \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

int main(void)
{
    gives("a timer that was not sampled stays as it is",
          ROWS("a ms count 3", "a ms sum 0.6000000000000001", "a ms mean 0.2", "a ms histogram.bin_1 3"),
          "a count=3 sum=0.6000000000000001 mean=0.2 histogram.bin_1=3@17|end|");
    gives("sum is mean × count, and bins are scaled",
          ROWS("a ms count 20", "a ms sum 640", "a ms mean 320", "a ms sum_90 640", "a ms histogram.bin_1 2",
               "a ms histogram.bin_inf 0"),
          "a count=20 sum=6400 mean=320 sum_90=640 histogram.bin_1=20 histogram.bin_inf=0@17|end|");
    gives("cumulative bins too",
          ROWS("a;x=1 ms count 20", "a;x=1 ms sum 640", "a;x=1 ms mean 320", "a;le=10;x=1 ms histogram 1",
               "a;le=+Inf;x=1 ms histogram 2"),
          "a;x=1 count=20 sum=6400 mean=320@17|a;le=10;x=1 histogram=10@17|a;le=+Inf;x=1 histogram=20@17|end|");
    gives("where the mean is 0 the last bin tells",
          ROWS("a ms count 20", "a ms sum 0", "a ms mean 0", "a;le=0 ms histogram 1", "a;le=+Inf ms histogram 2",
               "b c count 1"),
          "a count=20 sum=0 mean=0@17|a;le=0 histogram=10@17|a;le=+Inf histogram=20@17|b count=1@17|end|");
    gives("and the plain bins together, if one has no limit",
          ROWS("a ms count 20", "a ms sum 0", "a ms mean 0", "a ms histogram.bin_0 1", "a ms histogram.bin_inf 1"),
          "a count=20 sum=0 mean=0 histogram.bin_0=10 histogram.bin_inf=10@17|end|");
    gives("the bins of another series stay",
          ROWS("a ms count 20", "a ms sum 640", "a ms mean 320", "b;le=1 ms histogram 1"),
          "a count=20 sum=6400 mean=320@17|b;le=1 histogram=1@17|end|");
    tap_ok(!lacks_mean, "each had a mean");
    gives("a count and a sum without a mean are noticed", ROWS("a ms count 20", "a ms sum 640"),
          "a count=20 sum=640@17|end|");
    tap_ok(lacks_mean, "they were");
    gives("an idle timer is not", ROWS("a ms count 0", "a ms count_ps 0"), "a count=0 count_ps=0@17|end|");
    tap_ok(!lacks_mean, "it was not");
    gives("counters and gauges stay", ROWS("a c count 20", "a c rate 2", "g g value 3"),
          "a count=20 rate=2@17|g value=3@17|end|");
    gives("a sum that no double can hold stays", ROWS("a ms count 1e+300", "a ms sum 1e+20", "a ms mean 1e+20"),
          "a count=1e+300 sum=1e+20 mean=1e+20@17|end|");
    return tap_done();
}
