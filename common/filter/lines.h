/* lines: lines from a descriptor, with their numbers and a limit on their length. Reading goes on
 * after a line that is too long.
 *
 * Reading and handing out are separate, so that a poll loop can decide when to read: lines_next
 * never reads, lines_fill reads once. The usual filter is
 *
 *     for (;;) {
 *         while ((status = lines_next(in, &line)) < LINES_MORE) handle(&line);
 *         if (status == LINES_END) break;
 *         out_flush(out);                                before you block
 *         lines_fill(in);
 *     }
 *
 * A line's text is bytes: NUL is data. It excludes its LF, and one CR before that (or before the
 * end of input). Empty lines are handed out and counted as well. A byte order mark (EF BB BF) at
 * the start of the input is skipped. */
#ifndef FILTER_LINES_H
#define FILTER_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/find.h"

/* The default of --max-line and its largest value, in bytes. */
enum { LINES_MAX_DEFAULT = 65536, LINES_MAX_MOST = 1 << 30 };

enum lines_status {
    LINES_ONE,      /* *line is a line of at most max_line bytes */
    LINES_TOO_LONG, /* *line is the first max_line bytes of a longer one; the rest is dropped */
    LINES_MORE,     /* no complete line is buffered: call lines_fill */
    LINES_END,      /* the input has ended and every line has been handed out */
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
    uint64_t number;             /* of the last line handed out, from 1 */
    bool dropping;               /* inside a line that is too long; its first max_line bytes are
                                  * at start */
    bool has_begun;              /* past a byte order mark */
    bool ended;                  /* read(2) has returned 0 */
    bool cut;                    /* the owner stopped reading before the end; it sets ended too */
};

/* Begins reading fd, which the caller closes. max_line is in bytes, 1 to LINES_MAX_MOST, without
 * the line end. lines_free frees the buffer. */
void lines_init(struct lines *in, int fd, size_t max_line);
void lines_free(struct lines *in);

/* The slow path of lines_next: anything but a complete line of the usual length. */
enum lines_status lines_next_odd(struct lines *in, struct line *line);

/* Sets *line to the next line that has been read, if there is one (LINES_ONE, LINES_TOO_LONG). */
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

/* For callers that process many lines at once: the start of the next line, and the end of what has
 * been read. LINES_SLACK more bytes are readable before the start and after the end. */
enum { LINES_SLACK = 64 };

static inline const char *lines_begin(const struct lines *in)
{
    return in->buffer + in->start;
}

static inline const char *lines_end(const struct lines *in)
{
    return in->buffer + in->end;
}

/* True if lines_next has already looked at the next line, or is dropping it. Only lines_next may
 * then take that line. */
static inline bool lines_is_begun(const struct lines *in)
{
    return in->scanned != in->start || in->dropping;
}

/* Returns the LF that ends the line at text. If that has not been read yet, returns lines_end or a
 * later address. */
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

/* Sets *line to the line from text to its LF, as lines_next would hand it out. Returns LINES_ONE or
 * LINES_TOO_LONG. */
enum lines_status lines_at(const struct lines *in, const char *text, const char *newline, struct line *line);

/* Counts `count` lines as handed out; next is the start of the line after them. */
static inline void lines_pass(struct lines *in, const char *next, uint64_t count)
{
    in->number += count;
    in->start = in->scanned = (size_t)(next - in->buffer);
}

/* Reads once. Blocks if the descriptor has nothing; reads nothing while the buffer is full of lines
 * that were not taken. At the end of input, the next lines_next returns a torn last line or
 * LINES_END. Returns 0, or the errno of a failed read, after which the input counts as ended unless
 * the errno is a shortage (base/shortage.h). EINTR and EAGAIN are not failures. */
int lines_fill(struct lines *in);

/* For an owner that reads by itself: the room for what comes next and its size, at least LINES_ROOM
 * bytes if every line was taken. Read there, then call lines_added with the number of bytes. */
enum { LINES_ROOM = 1 << 18 };
char *lines_room(struct lines *in, size_t *size);
void lines_added(struct lines *in, size_t size);

/* The start of a line that one input keeps while another one uses the buffer. Begin with zeros, end
 * with lines_rest_free. */
struct lines_rest {
    char *text;
    size_t length, capacity;
    size_t scanned; /* as in struct lines, as is the next */
    bool dropping;
};

/* Moves what has not been handed out from the buffer to *rest, and back. After lines_take_up, the
 * input has not ended, and no byte order mark is looked for. The lines of all inputs are counted
 * together. */
void lines_put_aside(struct lines *in, struct lines_rest *rest);
void lines_take_up(struct lines *in, struct lines_rest *rest);
void lines_rest_free(struct lines_rest *rest);

#endif
