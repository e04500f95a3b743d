/* rows: aggregates row by row, and where an interval ends. Every program that reads aggregates
 * (statsd-aggregate(5)) uses it, or format/points.h, which builds on it and keeps the rows of a
 * series together.
 *
 * The owner of a stream gets every good row, and the end of every interval, from three calls:
 *  - rows_line takes one line, with any content. A line that is not a row is refused, and the
 *    reason is returned as text.
 *  - rows_next reads one row the fast way. It takes nearly every row that statsd-agg has written,
 *    with the same result as rows_line (a test compares them), and leaves the other lines to it. A
 *    program that never calls rows_next is only slower.
 *  - rows_end ends the open interval.
 *
 * An interval begins with its first row. It ends with its row `own numStats`; where there is none,
 * before a row with another time, or when the owner calls rows_end because the input has ended or
 * has been silent for a while.
 *
 * The fast way: type and statistic of a row together are its kind. A stream has about twenty kinds,
 * each as often as there are series, so a kind is checked once and remembered by its bytes,
 * together with what the owner derives from it (the words of a path, say). From then on a row is
 * read by where its columns end (row_plain.h) and its kind is looked up. That costs a third of
 * aggregate_parse. */
#ifndef FORMAT_ROWS_H
#define FORMAT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "format/aggregate.h"

/* Why a line is refused; a message has it as `what 'culprit': why`. */
struct rows_refusal {
    const char *what;    /* "bad value" */
    struct span culprit; /* the bytes to blame; they point into the line */
    const char *why;     /* "expected a number" */
    bool is_unknown;     /* the type may be one of a later version, so the line may be right */
};

struct rows_owner {
    /* Takes a row. False: the owner refuses it, and has set *refused. */
    bool (*row)(void *self, const struct aggregate *a, struct rows_refusal *refused);

    /* The open interval has ended; the time in struct rows is still the interval's. */
    void (*end)(void *self);

    /* For rows_next: derives the owner's data for all rows with the type and statistic of *a (never
     * own) and writes them to data, kind_size bytes. False: such rows are left to rows_line. */
    bool (*learn)(void *self, const struct aggregate *a, void *data);
    size_t kind_size;
};

/* A time to compare with: length 0 where none can be. */
struct row_time {
    uint64_t first, last; /* eight bytes each */
    size_t length;
};

struct rows {
    const struct rows_owner *owner;
    void *self;
    size_t max_line;
    bool is_open;       /* an interval has begun */
    bool has_ends;      /* a row numStats has been seen, so each interval will have one */
    int64_t time;       /* of the interval, in milliseconds */
    char time_text[64]; /* its text, cut to this size */
    size_t time_length;
    struct row_time plain_time;
    struct row_kind *kinds; /* a hash table */
    size_t kind_count;
    char *kind_data;
    char record_why[96]; /* the why of a line that is a record */
};

/* program is the name for the question "is statsd-agg missing before PROGRAM?". max_line is the
 * most bytes of a line, its LF excluded, that rows_next takes. The owner may have neither learn nor
 * kind_size where rows_next is never called. What the pointers point to must live on. */
void rows_init(struct rows *r, const struct rows_owner *owner, void *self, const char *program, size_t max_line);
void rows_free(struct rows *r);

/* A line of input without its end. */
struct rows_line {
    struct span text;
    bool torn;     /* it has no LF */
    bool too_long; /* text is only its beginning */
};

/* Takes one line and tells the owner. False: the line is refused, and *refused has the reason. */
bool rows_line(struct rows *r, const struct rows_line *line, struct rows_refusal *refused);

/* Ends the open interval, if there is one. */
void rows_end(struct rows *r);

/* The text of the interval's time. */
static inline struct span rows_time_text(const struct rows *r)
{
    return (struct span){ r->time_text, r->time_length };
}

enum {
    ROW_MOST = 2048,     /* the most bytes of a row that rows_next takes, its LF included */
    ROW_VALUE_MOST = 31, /* the most bytes of its value */
    ROW_TIME_MOST = 16,  /* the most bytes of its time */
    ROW_READABLE = 64,   /* this many bytes can be read from where each of its columns begins */
};

/* A row that rows_next has read: its series is visible ASCII without a backslash. Its columns point
 * into it. */
struct row {
    const char *name_end;  /* the end of the series up to its first `;` */
    const char *kind;      /* the end of the series; the kind is `TAB type TAB statistic TAB` */
    const char *value;     /* after the kind */
    const char *value_end; /* the time stands after a TAB */
    void *data;            /* what learn has derived; valid until the next rows_next */
};

/* Reads the row of the open interval that begins at line, in a buffer that ends at end, and
 * returns what follows its LF. The owner's row is not called for it. NULL: the line is left to
 * rows_line. */
const char *rows_next(struct rows *r, const char *line, const char *end, struct row *row);

#endif
