/* ends: times at which intervals ended, by number, so that a slot has its own in four bytes.
 *
 * Many series share few ends. When there are many ends, the owner says which numbers are in use. */
#ifndef SERIES_ENDS_H
#define SERIES_ENDS_H

#include <stdbool.h>
#include <stdint.h>

/* A time that no interval has, for "none so far", and its number. */
#define NEVER INT64_MIN
enum { ENDS_NEVER = 0 };

/* Begin with zeros. */
struct ends {
    int64_t *times; /* ms; that of number 1 is the first */
    uint32_t count, capacity;
    uint32_t enough; /* how many there may be before ends_are_many */
};

void ends_free(struct ends *e);

/* The number of a time (ms), given a new one if it is not among the last that were added. */
uint32_t ends_number(struct ends *e, int64_t time);

static inline int64_t ends_time(const struct ends *e, uint32_t number)
{
    return number ? e->times[number - 1] : NEVER;
}

/* True if there are so many ends, compared to their users, that the unused ones should be removed:
 * the caller then sets is_used[number], of count + 1, for the ends in use, calls ends_renumber,
 * replaces each number by renumbered[number], and frees that. */
bool ends_are_many(const struct ends *e, uint32_t users);
uint32_t *ends_renumber(struct ends *e, const bool *is_used);

#endif
