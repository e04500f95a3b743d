/* feed: the lines on their way to one program's standard input.
 *
 * A feed keeps the lines that have not been written, and also written lines that may still be
 * unread in the pipe. So a program that is started again continues where the previous process
 * stopped reading, at the start of a line. Offsets count bytes since the feed began.
 *
 * A feed with a limit never makes its source wait: when it is full, the oldest interval of which
 * nothing has been written is dropped whole, and counted. An interval is a stretch of lines with
 * the same last column. */
#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FEED_COLUMN_MAX = 32 };

struct feed_mark {
    uint64_t start;               /* the offset of an interval's first line */
    uint64_t lines;               /* it has */
    char column[FEED_COLUMN_MAX]; /* their last column, shortened */
};

struct feed {
    size_t limit; /* bytes that are kept for a program that does not read; 0: drops nothing */
    size_t pipe;  /* bytes that the pipe may hold */
    char *text;
    size_t capacity;
    uint64_t base, sent, end; /* text[0] is at base; bytes before sent have been written */
    struct feed_mark *marks;  /* of the intervals that end after base, by offset; with a limit only */
    size_t mark_count, mark_capacity;
    bool is_skipping; /* the rest of the newest interval is dropped */
    uint64_t lost_lines, lost_intervals;
};

void feed_init(struct feed *f, size_t limit, size_t pipe);
void feed_free(struct feed *f);

/* Bytes that have not been written. */
static inline size_t feed_pending(const struct feed *f)
{
    return (size_t)(f->end - f->sent);
}

/* Appends whole lines. */
void feed_add(struct feed *f, const char *lines, size_t length);

/* Writes what fd takes without blocking. Returns false if a write failed, as when there is no
 * reader any more. */
bool feed_write(struct feed *f, int fd);

/* The reader has ended and left `unread` bytes in the pipe: the lines that it has not read will be
 * written to the next one, from the start of a line. Returns how many lines it had read a part of
 * only, 0 or 1. */
unsigned feed_rewind(struct feed *f, size_t unread);

/* Writes the last column of a line without its LF, shortened, and a NUL. */
void feed_last_column(const char *line, size_t length, char column[FEED_COLUMN_MAX]);

/* The number of LFs in text[0..length). */
uint64_t feed_count_lines(const char *text, size_t length);

/* How many lines have not been read, if `unread` bytes are in the pipe. It looks at the kept
 * lines. */
uint64_t feed_lines_unread(const struct feed *f, size_t unread);

/* Drops the lines that have not been written. Returns their number. */
uint64_t feed_drop(struct feed *f);

#endif
