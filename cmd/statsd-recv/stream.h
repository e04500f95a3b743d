/* stream: the bytes of connections → texts for the reader.
 *
 * A stream is lines, or the messages of a DogStatsD client: each message comes after its length,
 * four bytes, the lowest first, and holds any number of lines; the last needs no LF. The first four
 * bytes distinguish the two: no message is longer than STREAM_MESSAGE_MAX, so the last two bytes of
 * a length are 0, and no line begins like that.
 *
 * Bytes come in pieces that may end anywhere. All streams share one buffer: in turn each takes it,
 * adds a piece, and runs until all complete lines and messages are read; the rest, the start of a
 * line or of a message, stays with the stream.
 *
 *     char *room = stream_take(&streams, &stream, arrival, origin, &size);
 *     size_t n = ...;                       read up to size bytes into room
 *     while (stream_run(&streams, n, STREAM_OPEN) == READER_FULL) {
 *         out_flush(&records);
 *         n = 0;
 *     } */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/lines.h"
#include "wire/reader.h"

enum { STREAM_MESSAGE_MAX = 65535 }; /* bytes */

enum stream_form {
    STREAM_LINES,
    STREAM_MESSAGES,
    STREAM_UNKNOWN, /* its first bytes will tell */
};

/* What is kept of a stream between its turns. */
struct stream {
    enum stream_form form; /* at first STREAM_LINES or STREAM_UNKNOWN */
    struct lines_rest rest;
};
void stream_free(struct stream *s);

enum stream_state {
    STREAM_OPEN,   /* more may come */
    STREAM_CLOSED, /* its client has closed it: a last line counts without its LF */
    STREAM_BROKEN, /* it ended in another way: the rest is refused */
};

/* The streams of one reader. Its insides are its own. */
struct streams {
    struct reader *reader;
    struct lines lines;     /* the buffer */
    struct stream *current; /* whose turn it is, or NULL */
    enum stream_state state;
    bool in_text;   /* the reader is not done with its text */
    size_t message; /* length of the message that is open */
    bool is_refused;
    int64_t arrival;
    struct reader_origin origin;
    uint64_t messages; /* read so far */
};

/* The reader stays the caller's; max_line is that of its options. */
void streams_init(struct streams *all, struct reader *reader, size_t max_line);
void streams_free(struct streams *all);

/* Begins a turn and returns the room for a piece of at most *size bytes. What is read has arrived
 * at `arrival` (wall clock, ms). The origin's sender must stay until the turn ends. */
char *stream_take(struct streams *all, struct stream *s, int64_t arrival, struct reader_origin origin, size_t *size);

/* Adds a piece of `added` bytes (0 when called again), and reads the complete lines and messages.
 * READER_DONE ends the turn: the stream has nothing left, or keeps the rest. For the other results
 * see wire/reader.h. */
enum reader_result stream_run(struct streams *all, size_t added, enum stream_state state);

/* True if the stream of the last turn has sent a bad message length, so that it has to be
 * closed. */
bool stream_is_refused(const struct streams *all);

#endif
