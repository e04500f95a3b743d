/* store_inner: declarations that the two files of store.h share. */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "store.h"

/* Adds a segment after the last one. Its bytes are counted by the caller. */
void store_put(struct store *s, const struct segment *segment);

/* The lines of a segment as far as they have been counted: at least one if it has any bytes. */
struct tally store_known_lines(const struct segment *segment);

/* Forgets a segment; its file stays as it is. */
void store_take_out(struct store *s, size_t index);

/* Removes the file of a segment that has one. */
void store_remove_file(struct store *s, const struct segment *segment);

/* Writes a segment that is in memory to its file. False, and errno says why: it cannot be. */
bool store_settle_segment(struct store *s, struct segment *segment);

#endif
