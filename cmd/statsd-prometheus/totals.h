/* totals: the file of --state. Its lines are aggregates whose values are totals, with the time of
 * the last interval that changed them, those that have been idle longest first. The row numStats
 * ends the file. */
#ifndef TOTALS_H
#define TOTALS_H

#include <stdbool.h>

#include "filter/state_file.h"
#include "intake.h"

/* Loads the file, if it exists; ends the program if it is damaged. */
void totals_load(struct intake *i, const struct state_file *file);

/* Loads the text of the file. Returns false if line *number is damaged (0: its end is missing), and
 * *refused says how. */
bool totals_read(struct intake *i, struct span text, uint64_t *number, struct rows_refusal *refused);

/* Replaces the file. False: it warned. */
bool totals_save(const struct registry *r, const struct state_file *file);

/* Appends the new contents of the file. */
void totals_write(struct text *t, const struct registry *r);

#endif
