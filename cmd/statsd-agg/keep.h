/* keep: when the state is saved: ahead of an interval's rows, once they have left, when a clock
 * asks for it, and at the end. */
#ifndef KEEP_H
#define KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "filter/out.h"
#include "state.h"
#include "filter/state_file.h"
#include "store.h"

/* ms: when the rows of an interval have not left by then, their reader is slow. */
enum { KEEP_PATIENCE = 100 };

struct keep {
    const struct store *store;
    struct out *out;
    struct state_file *file; /* the file of --state, or NULL */
    bool is_often;           /* it is saved with every interval, not only when the clock asks */
    bool is_restored;        /* live: the open interval has samples that are in the file */
    bool has_failed;         /* to save */
    int64_t kept_up;         /* monotonic ms: when the reader had last taken everything, of this flush */
    bool is_ahead;           /* the interval of that flush is in the file, with its samples */
};

/* Opens the file of --state if there is one, or ends the program. The store and out must outlive
 * the keep. */
void keep_init(struct keep *k, const struct store *s, struct out *out);

/* Releases the file; nothing is saved from then on. */
void keep_close(struct keep *k);

/* Saves the state, as state_save does; now is the wall clock in ms. */
bool keep_save(struct keep *k, int64_t now, enum state_extent extent);

/* The rows of an interval have left. */
void keep_closed(struct keep *k, int64_t now);

/* The program begins to write the rows of an interval. A crash must not lose the interval
 * meanwhile, so it is saved first: at once if it is small, otherwise by keep_check once its reader
 * is slow. */
void keep_begin(struct keep *k, const struct interval *interval, int64_t now);
void keep_check(struct keep *k, int64_t now);

/* True while keep_check waits to see whether the reader is slow. */
bool keep_is_watching(const struct keep *k);

/* Waits for the reader; while keep_check is to be called, no longer than KEEP_PATIENCE. */
void keep_wait(const struct keep *k);

#endif
