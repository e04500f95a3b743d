/* parser: StatsD lines → records, counts and refusals. */
#ifndef PARSER_H
#define PARSER_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/lines.h"
#include "filter/out.h"
#include "filter/refusals.h"
#include "format/record.h"
#include "wire/batch.h"
#include "wire/wire.h"

struct parser_options {
    struct wire_options wire;
    int64_t time;  /* milliseconds, of lines that bring none */
    bool has_time; /* else parser_set_time decides */
    bool strict;
    bool check; /* write nothing */
};

struct parser {
    struct parser_options options;
    struct wire wire;
    struct wire_batch batch;
    struct out *records;
    struct refusals refusals; /* complaint.total: how much was bad */
    const char *where;        /* the file under way */
    int64_t now;
    struct record_stamp stamp;
    uint64_t lines, samples, other;
    bool stopped; /* strict has seen something bad */
};

/* max_line is that of the lines to come. records and rejects (NULL: none) stay the caller's. */
void parser_init(struct parser *p, const struct parser_options *options, size_t max_line, struct out *records,
                 struct out *rejects);
void parser_free(struct parser *p);

/* The arrival, in milliseconds, of the lines that follow; --time decides against it. */
void parser_set_time(struct parser *p, int64_t now);

/* Takes the lines of p->where that are buffered. Returns LINES_MORE, or LINES_END when none will come or p has stopped. */
enum lines_status parser_take_lines(struct parser *p, struct lines *in);

/* `12 lines, 14 records, 2 bad, 1 other` as a message, whatever the verbosity. */
void parser_say_counts(const struct parser *p);

#endif
