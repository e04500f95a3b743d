/* reader_parts: declarations that the files of the reader share. For wire/reader*.c only. */
#ifndef WIRE_READER_PARTS_H
#define WIRE_READER_PARTS_H

#include "wire/reader.h"

/* The sixth column; empty for none. */
struct span reader_source(struct reader *r);

/* Counts and reports an error in the current line; culprit are the bytes to blame. */
void reader_blame(struct reader *r, enum wire_error error, struct span culprit);

/* Ends the current line. */
void reader_end_line(struct reader *r);

#endif
