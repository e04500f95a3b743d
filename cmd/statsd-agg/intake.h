/* intake: lines in, records into the cells of their intervals, a batch at a time. */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "add.h"
#include "filter/lines.h"
#include "format/record_plain.h"

enum { BATCH_MOST = 64 };

/* Records that are added together. */
struct batch {
    struct pending_record records[BATCH_MOST];
    size_t count;
    int64_t newest;                           /* ms: the largest of their times, or NEVER */
    uint16_t by_family[FAMILIES][BATCH_MOST]; /* the numbers of each family's records */
    size_t family_counts[FAMILIES];
};

struct intake {
    struct adder adder;
    struct record_memo memo;
    struct batch batch;
    uint64_t lines; /* taken so far, including bad ones, without empty ones */
};

/* What adder points to must outlive the intake. */
void intake_init(struct intake *intake, const struct adder *adder);

/* Takes every buffered line, in order, until --strict stops it. Returns LINES_MORE or LINES_END, as
 * lines_next does. In event time it writes the intervals that become due, which may block. */
enum lines_status intake_take(struct intake *intake, struct lines *in);

#endif
