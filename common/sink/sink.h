/* sink: the loop of a program that sends aggregates somewhere: rows → points → batches → one way
 * out.
 *
 * A sink program states its format, names its transport, and runs:
 *
 *     static const struct sink_format format = { .figures = "influx.", .point = write_point, … };
 *     struct http http;
 *     http_init(&http, …);
 *     return (int)sink_run(&sink, &options, &format, self, &http.transport);
 *
 * The sink reads standard input (filter/filter.h), hands over each point or row, and delivers what
 * the program has written to sink_room: in batches, bounded by --buffer, by the transport. It
 * reports and counts refused and dropped lines, adds its own figures to each interval, and writes
 * the times of done intervals to --done-fd. At the end of input, or after a signal, it delivers
 * until --drain has passed since the last progress. The exit status is 1 if lines were lost. */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "filter/filter.h"
#include "filter/refusals.h"
#include "format/points.h"
#include "sink/done.h"
#include "sink/figures.h"
#include "sink/options.h"
#include "sink/outage.h"
#include "sink/queue.h"
#include "sink/transport.h"

struct sink;

struct sink_format {
    const char *figures;   /* before the names of the sink's figures: `graphiteStats.` */
    unsigned point_lines;  /* LFs of a point as the program writes it (batch.h) */
    size_t batch_bytes;    /* the protocol's limit for a batch; 0: --batch alone */
    uint64_t batch_points; /* the same in points; 0: none */

    /* Takes a point: writes it to sink_room and calls sink_added, once, several times, or not at
     * all. False: the program refuses it, and has set *refused; the refusal is reported, counted
     * (lines_refused) and written to --rejects. Own rows come as points of type own, unless
     * --no-self was given; so do the sink's own figures. */
    bool (*point)(void *self, struct sink *s, const struct point *p, struct rows_refusal *refused);

    /* For formats in which each row is an entry, called instead of point. `point` then gets only
     * the sink's own figures. Own rows don't come with --no-self. */
    bool (*row)(void *self, struct sink *s, const struct aggregate *a, struct rows_refusal *refused);

    /* With row: the fast way (format/rows.h). It takes lines from `from` on, in a buffer that ends
     * at end, by rows_next(&s->rows, …) and sink_added_points, as long as it can, adds their number
     * to *count, and returns where it has stopped. NULL: there is no fast way. */
    bool (*learn)(void *self, struct sink *s, const struct aggregate *a, void *data);
    size_t kind_size;
    const char *(*rows)(void *self, struct sink *s, const char *from, const char *end, uint64_t *count);

    /* Takes a line without a TAB, which is not a row. Returns false as above. NULL: such a line is
     * refused as a bad aggregate. */
    bool (*line)(void *self, struct sink *s, const struct rows_line *line, struct rows_refusal *refused);

    /* An interval is about to end: the program may add points. tells: the sink's figures follow
     * them, except with --dry-run or --no-self. NULL: nothing to add. */
    void (*interval)(void *self, struct sink *s, bool tells);

    /* With --dry-run: prints a batch as the transport would send it. NULL: its bytes, as they
     * arrive. */
    void (*print)(void *self, struct out *out, const struct batch *b);
};

struct sink {
    struct filter filter;
    const struct sink_options *options;
    const struct sink_format *format;
    void *self;
    struct transport *transport;
    struct queue queue;
    struct outage outage;
    struct figures figures;
    struct rows_owner rows_owner;
    struct rows rows;     /* used if the format has `row` */
    struct points points; /* if it has not */
    uint64_t lines;       /* of input that were not empty */
    char *own_series;     /* the series of the own row seen last, escaped */
    size_t own_length, own_capacity;
    struct refusals bad, unknown, refused;
    uint64_t dropped_said;
    int64_t dropped_said_at; /* monotonic ms */
    bool has_plain;          /* lines that belong to no interval wait for a pause */
    int64_t ended;           /* monotonic ms: when reading ended; 0: it has not */
    struct done done;
};

/* Runs the program to its end and returns its exit status. What the pointers point to must live
 * on. self is handed to the format's calls; transport is not begun yet, and is freed. */
enum exit_code sink_run(struct sink *s, const struct sink_options *options, const struct sink_format *format,
                        void *self, struct transport *transport);

/* Room for a point of at most size bytes with its LFs. Write it there, then call sink_added with
 * the number of bytes used; with 0, no point is added. */
static inline char *sink_room(struct sink *s, size_t size)
{
    return queue_room(&s->queue, size);
}

static inline void sink_added(struct sink *s, size_t size)
{
    queue_added(&s->queue, size);
}

/* For the fast way: how many bytes of points can be written to sink_room at once. */
static inline size_t sink_budget(const struct sink *s)
{
    return queue_budget(&s->queue);
}

static inline void sink_added_points(struct sink *s, size_t size, uint64_t points)
{
    queue_added_points(&s->queue, size, points);
}

/* For transports: reports a point that the other side has refused for good, `WHERE: refused
 * 'BYTES': WHY`, among the first of a stretch, and writes it to --rejects. The transport calls
 * queue_refused as well. why are the server's own words; bytes are the point's. With --strict the
 * exit status will be 1. */
void sink_report_refused(struct sink *s, const char *why, struct span bytes);

/* For sink.c: the input's side (sink_input.c). Begins and frees it; takes the buffered lines; ends
 * the open interval; notes that the input has paused; reports the lines dropped since the last
 * report; prints how many refusals were not shown. */
void sink_input_begin(struct sink *s);
void sink_input_free(struct sink *s);
enum filter_next sink_input_take(struct sink *s, struct lines *in);
void sink_input_end_interval(struct sink *s);
void sink_input_pause(struct sink *s);
void sink_input_say_dropped(struct sink *s);
void sink_input_summarise(struct sink *s);

/* The time of the open interval, as in its rows; empty if none is open. */
struct span sink_time_text(const struct sink *s);

/* The series of own rows, escaped: that of the one seen last, or `statsd`. */
struct span sink_own_series(const struct sink *s);

#endif
