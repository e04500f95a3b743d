/* parcel: a checkpoint as messages of TOPIC-state: their keys, their marker, and the shelf on which
 * the messages of one partition are gathered until it is known which checkpoint is the newest whole
 * one.
 *
 * A checkpoint is a text, cut into chunks of PARCEL_CHUNK bytes with the keys GROUP/POSITION/ID/0,
 * 1, …, and a marker with the key GROUP/POSITION/ID/end, which is written when all chunks are safe.
 * A message without a value deletes the one before it with the same key. No two checkpoints have
 * the same ID, so chunks of two are never mixed. */
#ifndef RUN_PARCEL_H
#define RUN_PARCEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

enum { PARCEL_CHUNK = 1 << 19, PARCEL_CHUNKS_MOST = 1 << 16, PARCEL_END = -1 };

/* What a key says. The spans are parts of the key. */
struct parcel_key {
    struct span group; /* may contain slashes */
    int64_t position;
    struct span id; /* a good name of a source, without slashes */
    int64_t chunk;  /* or PARCEL_END */
};

bool parcel_key_read(struct span key, struct parcel_key *read);
void parcel_key_write(const struct parcel_key *key, struct text *to);

/* What a marker says. */
struct parcel_marker {
    int64_t position; /* the offset of the first message after the checkpoint */
    int64_t end;      /* ms: the end of the last interval written; FIELD_NO_TIME: none was */
    int64_t number;   /* of the state, as `saved=` has it */
    int64_t length;   /* of the text, in bytes */
    int64_t chunks;
    uint64_t checksum;
};

bool parcel_marker_read(struct span value, struct parcel_marker *read);
void parcel_marker_write(const struct parcel_marker *marker, struct text *to);

/* The checksum of a text, chunk by chunk. Begins with 0. */
uint64_t parcel_checksum(uint64_t before, struct span chunk);

/* The text of a checkpoint is `head LENGTH` and an LF, the clock in LENGTH bytes, and the state.
 * parcel_write_head appends all that comes before the state. */
struct log_clock;
void parcel_write_head(const struct log_clock *clock, struct text *to);

/* --- the shelf -------------------------------------------------------------------------------- */

struct parcel_chunk {
    bool is_there;    /* in the log */
    struct text text; /* no bytes: it is no longer wanted */
};

struct parcel {
    int64_t position;
    char *id;
    struct parcel_chunk *chunks;
    int64_t chunk_count; /* one more than the highest that has been seen */
    bool has_marker;
    bool is_whole; /* it was complete when its marker came, and nothing was deleted since */
    struct parcel_marker marker;
};

struct shelf {
    struct span group; /* checkpoints of other groups are ignored */
    struct parcel **parcels;
    size_t count, capacity;
};

/* group must outlive the shelf. */
void shelf_init(struct shelf *s, struct span group);
void shelf_free(struct shelf *s);

/* Takes the next message of the partition; a value without text deletes. Returns false if it is not
 * part of a checkpoint. */
bool shelf_take(struct shelf *s, struct span key, struct span value);

/* The whole checkpoint with the greatest position, with all its chunks, or NULL. */
const struct parcel *shelf_best(const struct shelf *s);

/* Appends the clock's text to `head`, and sets *body to the number of bytes before the state. p is
 * whole, with all its chunks. False if it does not begin as parcel_write_head has it. */
bool parcel_read_head(const struct parcel *p, struct text *head, size_t *body);

/* Frees the chunks of all checkpoints, and keeps the data that is needed to delete them. */
void shelf_forget_chunks(struct shelf *s);

/* Adds a checkpoint that was just written, without its chunks. */
void shelf_add(struct shelf *s, const char *id, const struct parcel_marker *marker);

/* Removes a checkpoint whose position is smaller, and calls take_back with each of its keys, the
 * marker's first. Returns false if there is none. */
bool shelf_take_back(struct shelf *s, int64_t position, void (*take_back)(void *context, struct span key),
                     void *context);

#endif
