/* refusals: what was refused is said, counted, and kept where --rejects asks for it. */
#ifndef FILTER_REFUSALS_H
#define FILTER_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/die.h"
#include "base/span.h"
#include "filter/out.h"

struct refusals {
    struct complaint complaint; /* its total is how many there were */
    struct out *rejects;        /* the file of --rejects, or NULL; stays the caller's */
    bool strict;                /* the first ends the run: it is said whatever the verbosity */
};

struct refusal {
    int64_t time;        /* milliseconds; for the rejects */
    const char *where;   /* a file, or a sender */
    uint64_t line;       /* its line's number, from 1; 0: none */
    const char *what;    /* "bad value" */
    struct span culprit; /* of which these bytes are shown */
    const char *why;     /* "expected a number" */
    struct span bytes;   /* the whole line; for the rejects */
};

/* Counts one and says it: `program: where:line: what 'culprit': why`, the first few of a stretch (die.h). Ending the run
 * when strict is the caller's, who has output to flush. */
void refusals_add(struct refusals *r, const struct refusal *refusal);

#endif
