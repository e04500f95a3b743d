/* lines: lines from a descriptor, with their numbers, a limit on their length, and a way on after one that is too long.
 *
 * Reading and handing out are apart, so that a poll loop decides when to read: lines_next never reads, lines_fill reads
 * once. The usual filter is
 *
 *     for (;;) {
 *         while ((status = lines_next(in, &line)) < LINES_MORE) handle(&line);
 *         if (status == LINES_END) break;
 *         if (!lines_readable(in)) out_flush(out);       flush before you block
 *         lines_fill(in);
 *     }
 *
 * A line's text is bytes: NUL is data. It does not include its LF, nor one CR before that (or before the end of input).
 * Empty lines are handed out too; they count in the numbering. */
#ifndef FILTER_LINES_H
#define FILTER_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/find.h"

/* The default of --max-line, and the most that can be asked for. */
enum { LINES_MAX_DEFAULT = 65536, LINES_MAX_MOST = 1 << 30 };

enum lines_status {
    LINES_ONE,      /* *line is a line of at most max_line bytes */
    LINES_TOO_LONG, /* *line is the first max_line bytes of a longer one, which has been dropped whole */
    LINES_MORE,     /* no complete line is buffered: lines_fill */
    LINES_END,      /* end of input, and everything has been handed out */
};

struct line {
    const char *text; /* valid until the next lines_fill */
    size_t length;
    bool torn; /* ended by the end of input, not by LF */
};

struct lines {
    int fd;
    size_t max_line;
    char *buffer;
    size_t capacity, start, end; /* buffer[start..end) has not been handed out */
    size_t scanned;              /* buffer[start..scanned) holds no LF */
    uint64_t number;             /* of the line handed out last, from 1 */
    bool dropping;               /* inside a line that is too long; its first max_line bytes stand at start */
    bool ended;                  /* read(2) has returned 0 */
    bool cut;                    /* there was more, but nobody waits for it: set by the owner, with ended */
};

/* Begins reading fd, which stays the caller's to close; max_line is in bytes, without the line end. */
void lines_init(struct lines *in, int fd, size_t max_line);
void lines_free(struct lines *in);

/* lines_next for whatever is not a whole line of usual length. */
enum lines_status lines_next_odd(struct lines *in, struct line *line);

static inline enum lines_status lines_next(struct lines *in, struct line *line)
{
    const char *text = in->buffer + in->start;
    const char *newline = find_byte(in->buffer + in->scanned, in->buffer + in->end, '\n');
    if (!newline || in->dropping || (size_t)(newline - text) > in->max_line)
        return lines_next_odd(in, line);
    size_t length = (size_t)(newline - text);
    in->number++;
    in->start = in->scanned = in->start + length + 1;
    line->text = text;
    line->length = length && newline[-1] == '\r' ? length - 1 : length;
    line->torn = false;
    return LINES_ONE;
}

/* For who works on many lines at once: where the next line begins, and the end of what has been read; LINES_SLACK bytes more
 * can be read in front of the one and behind the other. */
enum { LINES_SLACK = 64 };

static inline const char *lines_begin(const struct lines *in)
{
    return in->buffer + in->start;
}

static inline const char *lines_end(const struct lines *in)
{
    return in->buffer + in->end;
}

/* True when lines_next has looked at the next line already, or drops it: that one is lines_next's. */
static inline bool lines_is_begun(const struct lines *in)
{
    return in->scanned != in->start || in->dropping;
}

/* The LF that ends the line at text; lines_end, or what is behind it, when that has not been read. */
static inline const char *lines_find_end(const struct lines *in, const char *text)
{
    const char *end = lines_end(in);
    for (; text < end; text += FIND_STRETCH) {
        uint64_t bits = find_bits_of_stretch(text, '\n');
        if (bits)
            return text + __builtin_ctzll(bits);
    }
    return end;
}

/* The line from text up to an LF, as lines_next would hand it out: LINES_ONE or LINES_TOO_LONG. */
enum lines_status lines_at(const struct lines *in, const char *text, const char *newline, struct line *line);

/* Counts `count` lines, up to the beginning of the next, as handed out. */
static inline void lines_pass(struct lines *in, const char *next, uint64_t count)
{
    in->number += count;
    in->start = in->scanned = (size_t)(next - in->buffer);
}

/* Reads once, blocking if the descriptor has nothing (and not at all while the buffer is full of lines that were not taken);
 * at the end of input the next lines_next returns a torn last line or LINES_END. Returns 0, or the errno of a read that
 * failed (the input then counts as ended). EINTR is not a failure. */
int lines_fill(struct lines *in);

/* True when lines_fill would not block: bytes, the end of input, or an error are there. */
bool lines_readable(const struct lines *in);

#endif
