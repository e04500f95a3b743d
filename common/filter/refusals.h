/* refusals: rejected input is reported, counted, and kept if --rejects asks for it. */
#ifndef FILTER_REFUSALS_H
#define FILTER_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "base/span.h"
#include "filter/side.h"

struct refusals {
    struct complaint complaint; /* its total is the number of refusals */
    struct side *rejects;       /* the file of --rejects, or NULL; the caller's */
    bool strict;                /* the first refusal ends the run: report it at any verbosity */
    size_t budget;              /* bytes that may still be kept for this line of input */
    uint64_t unkept;            /* refusals of this line that did not fit into it */
};

struct refusal {
    int64_t time;        /* milliseconds since 1970; for the rejects */
    const char *where;   /* the name of a file, or a sender */
    uint64_t line;       /* the number of its line, from 1; 0: none */
    const char *what;    /* what is wrong: "bad value" */
    struct span culprit; /* the offending bytes, which are quoted */
    const char *why;     /* the reason: "expected a number" */
    struct span bytes;   /* the whole line, or if is_next the bytes to blame; for the rejects */
    bool is_next;        /* not the first refusal of its line */
};

/* Counts one refusal and reports it as `program: where:line: what 'culprit': why`, if it is among
 * the first of a stretch (die.h). Writes it to the rejects if there are any. If strict, the caller
 * ends the run, because it has output to flush. */
void refusals_add(struct refusals *r, const struct refusal *refusal);

/* Ends a line of input that may have had several refusals. What is kept for one line is bounded by
 * a few times its length; if there was more, the rejects get a line with the number. Only time,
 * where and line of `last` are used. */
void refusals_end_line(struct refusals *r, const struct refusal *last);

#endif
