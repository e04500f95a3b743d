/* dump: writes the known series as records while the program runs, and forgets series. */
#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "flush.h"
#include "store.h"

/* True when the whole name matches: `*` stands for any bytes, `?` for one, and every other byte for
 * itself. */
bool dump_matches(struct span pattern, struct span name);

/* The records of a family's known series whose names match, as malloc'd text that the caller frees;
 * now is the wall clock in ms. A series has a record for each sample of the open intervals, as in a
 * state file: a counter has one with its sum, a gauge one with its value. An idle counter has one
 * with 0, an idle gauge one with its value, and an idle timer or set one with an empty value. */
char *dump_series(const struct store *s, int64_t now, enum family family, struct span pattern, size_t *length);

/* Forgets those series, or the one of exactly that name, with their samples in the open intervals,
 * and returns how many they were. Intervals that are closed keep their rows. */
enum dump_meaning { DUMP_PATTERN, DUMP_SERIES };
size_t dump_forget(struct store *s, const struct flush *flush, enum family family, struct span text,
                   enum dump_meaning meaning);

#endif
