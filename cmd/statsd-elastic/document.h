/* document: a point → the two lines of _bulk that index it.
 *
 *     {"index":{"_index":"statsd-2023.11.14","_id":"0f…"}}
 *     {"@timestamp":"2023-11-14T22:13:30Z","name":"api.requests","type":"counter",…,"count":3}
 *
 * The id is a hash of series, type and time, so sending a point twice makes one document. A
 * statistic keeps its name, with its dots; a cumulative bin is `histogram.bin`, because `histogram`
 * is an object if there are other bins. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/parts.h"
#include "format/points.h"

enum { DOCUMENT_INDEX_MAX = 256, DOCUMENT_ID = 32 /* bytes of its text */ };

struct documents {
    const char *index; /* for strftime, of a point's time; or a data stream's name */
    bool is_stream;
    struct parts parts;
    bool has_time; /* the rest is of this time */
    int64_t time;
    char head[DOCUMENT_INDEX_MAX + 64]; /* the first line up to the id */
    size_t head_length;
    char stamp[64]; /* the second line up to the name */
    size_t stamp_length;
};

/* The index must live on. */
void documents_init(struct documents *d, const char *index, bool is_stream);
void documents_free(struct documents *d);

/* The most bytes that documents_write writes. */
size_t documents_size(const struct point *p);

/* Writes both lines and returns their end. */
char *documents_write(struct documents *d, char *to, const struct point *p);

/* NULL, or why the server refuses an index of this name, at any time. */
const char *document_index_fault(const char *index, bool is_stream);

#endif
