/* add: one record into its interval, whatever it takes: a new series, another's place, or a refusal. */
#ifndef ADD_H
#define ADD_H

#include "agg.h"

/* Adds a record whose family, hash, guess and (a set's) member are set; refuses one that is late, whose series finds no room, or
 * whose value would make a sum not finite. Event time writes what becomes due, blocking. */
void add_record(struct agg *a, const struct taken *t);

/* A sample of a rate stands for so many. */
static inline double add_weight(const struct record *r)
{
    return 1 / r->rate;
}

/* Adds a gauge's sample to its slot's cell; false when its value is to be refused. Live, a gauge changes at once; by time its
 * samples wait for the interval's close, in whose order they count. */
bool add_gauge(struct agg *a, struct interval *v, uint32_t slot, const struct record *r);

/* Records were added whose newest time is this. */
void add_times(struct agg *a, struct interval *v, int64_t newest);

/* Refuses a record's value: it would make a counter or a gauge not finite. */
void add_refuse_value(struct agg *a, struct interval *v, const struct taken *t);

/* Refuses a line. */
void add_refuse(struct agg *a, struct refusals *kind, struct span line, uint64_t number, const char *what,
                struct span culprit, const char *why);

#endif
