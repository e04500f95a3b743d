#include "filter/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/xalloc.h"

enum { READ_SIZE = LINES_ROOM };

/* Bytes: a rest of usual length stays allocated. */
enum { REST_KEPT = 256 };

void lines_init(struct lines *in, int fd, size_t max_line)
{
    *in = (struct lines){ .fd = fd, .max_line = max_line };
    in->capacity = max_line + 2 + READ_SIZE;
    in->buffer = (char *)xcalloc(in->capacity + 2 * LINES_SLACK, 1) + LINES_SLACK;
}

void lines_free(struct lines *in)
{
    if (in->buffer)
        free(in->buffer - LINES_SLACK);
    in->buffer = NULL;
}

static void hand_out(struct lines *in, struct line *line, size_t end, size_t next, bool torn)
{
    size_t length = end - in->start;
    if (length && in->buffer[end - 1] == '\r')
        length--;
    *line = (struct line){ in->buffer + in->start, length, torn };
    in->number++;
    in->start = in->scanned = next;
}

static enum lines_status too_long(struct lines *in, struct line *line, size_t next, bool torn)
{
    *line = (struct line){ in->buffer + in->start, in->max_line, torn };
    in->number++;
    in->dropping = false;
    in->start = in->scanned = next;
    return LINES_TOO_LONG;
}

/* Keeps the first max_line bytes of a line that exceeds the limit, for the message, and drops the
 * rest. */
static void drop(struct lines *in)
{
    in->dropping = true;
    in->end = in->scanned = in->start + in->max_line;
}

enum lines_status lines_next_odd(struct lines *in, struct line *line)
{
    char *from = in->buffer + in->scanned;
    char *newline = memchr(from, '\n', in->end - in->scanned);
    if (newline) {
        size_t end = (size_t)(newline - in->buffer);
        if (in->dropping)
            return too_long(in, line, end + 1, false);
        size_t length = end - in->start;
        if (length > in->max_line && (length > in->max_line + 1 || newline[-1] != '\r'))
            return too_long(in, line, end + 1, false);
        hand_out(in, line, end, end + 1, false);
        return LINES_ONE;
    }
    in->scanned = in->end;
    /* One byte too many may still be the CR of a line that just fits. */
    if (in->dropping || in->end - in->start > in->max_line + 1)
        drop(in);
    if (!in->ended)
        return LINES_MORE;
    if (in->start == in->end && !in->dropping)
        return LINES_END;
    if (in->dropping || (in->end - in->start > in->max_line && in->buffer[in->end - 1] != '\r'))
        return too_long(in, line, in->end, true);
    hand_out(in, line, in->end, in->end, true);
    return LINES_ONE;
}

enum lines_status lines_at(const struct lines *in, const char *text, const char *newline, struct line *line)
{
    size_t length = (size_t)(newline - text);
    length -= length && newline[-1] == '\r';
    bool too_long = length > in->max_line;
    *line = (struct line){ text, too_long ? in->max_line : length, false };
    return too_long ? LINES_TOO_LONG : LINES_ONE;
}

/* Skips the byte order mark with which a file may begin. */
static void skip_mark(struct lines *in)
{
    static const char mark[] = { '\xEF', '\xBB', '\xBF' };
    size_t length = in->end < sizeof mark ? in->end : sizeof mark;
    bool is_mark = memcmp(in->buffer, mark, length) == 0;
    in->has_begun = !is_mark || length == sizeof mark;
    if (is_mark && in->has_begun)
        in->start = in->scanned = sizeof mark;
}

char *lines_room(struct lines *in, size_t *size)
{
    if (in->start && in->capacity - in->end < READ_SIZE) {
        memmove(in->buffer, in->buffer + in->start, in->end - in->start);
        in->scanned -= in->start;
        in->end -= in->start;
        in->start = 0;
    }
    *size = in->capacity - in->end;
    return in->buffer + in->end;
}

void lines_added(struct lines *in, size_t size)
{
    in->end += size;
    if (!in->has_begun)
        skip_mark(in);
}

int lines_fill(struct lines *in)
{
    size_t size;
    char *room = lines_room(in, &size);
    if (!size)
        return 0;
    ssize_t n = read(in->fd, room, size);
    if (n > 0) {
        lines_added(in, (size_t)n);
        return 0;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    int error = n < 0 ? errno : 0;
    in->ended = !shortage_is(error);
    return error;
}

void lines_put_aside(struct lines *in, struct lines_rest *rest)
{
    rest->length = in->end - in->start;
    rest->scanned = in->scanned - in->start;
    rest->dropping = in->dropping;
    if (!rest->length && rest->capacity > REST_KEPT)
        lines_rest_free(rest);
    if (rest->length > rest->capacity) {
        rest->capacity = rest->length < REST_KEPT ? REST_KEPT : rest->length + rest->length / 2;
        free(rest->text);
        rest->text = xmalloc(rest->capacity);
    }
    if (rest->length)
        memcpy(rest->text, in->buffer + in->start, rest->length);
    in->start = in->scanned = in->end = 0;
}

void lines_take_up(struct lines *in, struct lines_rest *rest)
{
    if (rest->length)
        memcpy(in->buffer, rest->text, rest->length);
    in->start = 0;
    in->end = rest->length;
    in->scanned = rest->scanned;
    in->dropping = rest->dropping;
    in->has_begun = true;
    in->ended = in->cut = false;
}

void lines_rest_free(struct lines_rest *rest)
{
    free(rest->text);
    *rest = (struct lines_rest){ 0 };
}
