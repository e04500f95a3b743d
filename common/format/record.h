/* record: one sample as a line of five columns, `series type value rate time`, between TABs
 * (statsd-record(5)).
 *
 * No other module counts a record's TABs. Parsing writes nothing into its input and allocates
 * nothing; writing goes to memory the caller has made room for. */
#ifndef FORMAT_RECORD_H
#define FORMAT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/span.h"
#include "format/tags.h"
#include "format/types.h"

struct record {
    struct span series; /* escaped, as it stands in the line */
    enum record_type type;
    struct span value; /* as it stands in the line (escaped, for a set's member) */
    double number;     /* the value; 0 for a set */
    double rate;       /* 0 < rate ≤ 1 */
    int64_t time;      /* milliseconds since 1970, cut */
};

enum record_error {
    RECORD_OK,
    RECORD_COLUMNS, /* fewer than five */
    RECORD_NO_SERIES,
    RECORD_BAD_TYPE,
    RECORD_BAD_VALUE,
    RECORD_NO_MEMBER, /* a set's member is empty */
    RECORD_NEGATIVE,  /* a negative ms */
    RECORD_BAD_RATE,
    RECORD_BAD_TIME,
    RECORD_AGGREGATE, /* this is an aggregate's line */
    RECORD_TORN,      /* the last line has no LF: for readers of lines, as record_parse can't see it */
    RECORD_TOO_LONG   /* the same for a line longer than --max-line */
};

/* Reads the line (without its end) into *r, whose spans point into it. On an error *culprit is the
 * column to blame (the line itself where there is none). Columns after the fifth are ignored. */
enum record_error record_parse(const char *line, size_t length, struct record *r, struct span *culprit);

/* As record_parse, for a record of a state file: its value may be empty, its time may be a little
 * beyond those of records, and *extra is set to the sixth column, if there is one. */
enum record_error record_parse_state(const char *line, size_t length, struct record *r, struct span *extra,
                                     struct span *culprit);

/* What is wrong, to be followed by the culprit, and what was expected: "bad value", "expected a
 * number". */
const char *record_error_what(enum record_error error);
const char *record_error_why(enum record_error error);

/* Memory for one canonical series at a time. */
struct record_canonical {
    struct series series;
    char *text;
    size_t capacity;
};
void record_canonical_init(struct record_canonical *c);
void record_canonical_free(struct record_canonical *c);

/* The canonical bytes of a record's series column, which may have been edited by hand: tags sorted,
 * each key once, and escaped. Valid until the next call. Empty if the column has no name. */
struct span record_canonical(struct record_canonical *c, struct span series);

/* True if the column is certainly what record_canonical makes of it. It needs no memory. */
bool record_is_canonical(struct span series);

/* One sample on its way to becoming a record: plain bytes, nothing escaped. */
struct sample {
    struct span series; /* canonical: name;key=value;… sorted by key (tags.h) */
    enum record_type type;
    struct span value;
    struct span rate; /* as written; `1` when none was sent */
    int64_t time;     /* milliseconds; only where has_time */
    bool has_time;
    bool plain; /* neither series nor value holds a byte that would have to be escaped: saves looking */
};

/* The most bytes record_write writes for the sample, with a source of source_length bytes. */
static inline size_t record_size(const struct sample *s, size_t source_length)
{
    return 2 * (s->series.length + s->value.length + source_length) + s->rate.length + CLOCK_TEXT_MAX + 16;
}

/* Writes the record and its LF to `to` and returns the end. s->time must be set, whatever has_time
 * says; source, where it is not empty, becomes the sixth column. */
char *record_write(char *to, const struct sample *s, struct span source);

/* The text of a time, kept from one record to the next. Begin with { 0 }. */
struct record_stamp {
    int64_t time;
    size_t length; /* 0: of none yet */
    char text[CLOCK_TEXT_MAX];
};

/* As record_write, for callers that write many records: formats the time only if it differs from
 * that of *stamp. */
char *record_write_stamped(char *to, const struct sample *s, struct span source, struct record_stamp *stamp);

/* Writes one line of --rejects, `time TAB where TAB reason TAB bytes LF`: to has room for
 * record_reject_size bytes. */
size_t record_reject_size(struct span where, struct span reason, struct span bytes);
char *record_reject(char *to, int64_t time, struct span where, struct span reason, struct span bytes);

#endif
