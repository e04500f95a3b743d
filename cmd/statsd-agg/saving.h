/* saving: a state file being written: records into its text, and that into the file. */
#ifndef SAVING_H
#define SAVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/record.h"
#include "series/tagging.h"
#include "store.h"

/* Begin with zeros, the store, now, fd, and NEVER for the two times. With an fd of -1 all text
 * stays in memory. The owner frees text, joined and the scratch. */
struct saving {
    const struct store *store;
    int64_t now; /* ms */
    int fd;
    bool failed;
    int error;    /* the errno of what failed */
    char due[32]; /* `due=N`, for the samples of an interval that is due, or empty */
    size_t due_length;
    char *joined; /* scratch */
    struct tagging_scratch scratch;
    int64_t newest; /* the largest time written */
    int64_t filled; /* the largest end of an interval among the known series, or NEVER */
    char *text;     /* not yet in the file */
    size_t length, capacity;
};

/* Notes a failure; errno says why. Nothing is written from then on. */
void saving_fail(struct saving *s);

/* Writes the text to the file. */
void saving_drain(struct saving *s);

/* The series of a slot as it is written. Valid until the next call. */
struct span saving_series(struct saving *s, const struct slot *slot);

/* Adds a record, with the sixth column `extra` if that is not empty. Its spans may lie anywhere. */
void saving_put(struct saving *s, struct span series, enum record_type type, struct span value, struct span rate,
                int64_t time, struct span extra);

/* Adds a record of rate 1 whose value is a number. */
void saving_put_number(struct saving *s, struct span series, enum record_type type, double value, int64_t time);

/* Adds the samples of a slot's cell in an interval. */
void saving_put_cell(struct saving *s, const struct slot *slot, struct cell *c, const struct interval *interval);

#endif
