#include "feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

void feed_init(struct feed *f, size_t limit, size_t pipe)
{
    *f = (struct feed){ .limit = limit, .pipe = pipe };
}

void feed_free(struct feed *f)
{
    free(f->text);
    free(f->marks);
}

static char *at(const struct feed *f, uint64_t offset)
{
    return f->text + (offset - f->base);
}

uint64_t feed_count_lines(const char *text, size_t length)
{
    uint64_t count = 0;
    const char *end = text + length;
    while (text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
        text++;
        count++;
    }
    return count;
}

/* --- room ------------------------------------------------------------------------------------- */

/* Removes what no program will ask for again. */
static void forget_old(struct feed *f)
{
    uint64_t keep = f->sent - f->base > f->pipe ? f->sent - f->pipe : f->base;
    size_t gone = 0;
    if (keep == f->base)
        return;
    memmove(f->text, at(f, keep), (size_t)(f->end - keep));
    f->base = keep;
    while (gone + 1 < f->mark_count && f->marks[gone + 1].start <= keep)
        gone++;
    if (gone)
        memmove(f->marks, f->marks + gone, (f->mark_count -= gone) * sizeof *f->marks);
}

static void make_room(struct feed *f, size_t length)
{
    size_t used = (size_t)(f->end - f->base);
    if (f->capacity - used >= length)
        return;
    if (f->sent - f->base > 2 * f->pipe)
        forget_old(f);
    used = (size_t)(f->end - f->base);
    if (f->capacity - used >= length)
        return;
    f->capacity = 2 * used + length;
    f->text = xreallocarray(f->text, f->capacity, 1);
}

static void append(struct feed *f, const char *bytes, size_t length)
{
    make_room(f, length);
    memcpy(at(f, f->end), bytes, length);
    f->end += length;
}

/* --- intervals -------------------------------------------------------------------------------- */

/* Removes the interval of that mark, which is not the newest. */
static void drop_interval(struct feed *f, size_t number)
{
    struct feed_mark *mark = &f->marks[number];
    uint64_t next = number + 1 < f->mark_count ? mark[1].start : f->end, gone = next - mark->start;
    f->lost_lines += mark->lines;
    f->lost_intervals++;
    memmove(at(f, mark->start), at(f, next), (size_t)(f->end - next));
    f->end -= gone;
    memmove(mark, mark + 1, (f->mark_count - number - 1) * sizeof *mark);
    f->mark_count--;
    for (size_t i = number; i < f->mark_count; i++)
        f->marks[i].start -= gone;
}

/* Drops the oldest interval of which nothing has been written, or what is left of the newest. */
static void drop_oldest(struct feed *f)
{
    size_t number = 0;
    while (number < f->mark_count && f->marks[number].start < f->sent)
        number++;
    if (number + 1 < f->mark_count) {
        drop_interval(f, number);
        return;
    }
    f->is_skipping = true;
    if (number < f->mark_count) {
        struct feed_mark *mark = &f->marks[number];
        f->lost_lines += mark->lines;
        mark->lines = 0;
        f->end = mark->start;
    }
    f->lost_intervals++;
}

void feed_last_column(const char *line, size_t length, char column[FEED_COLUMN_MAX])
{
    const char *tab = memrchr(line, '\t', length);
    const char *start = tab ? tab + 1 : line;
    size_t size = (size_t)(line + length - start);
    size = size < FEED_COLUMN_MAX ? size : FEED_COLUMN_MAX - 1;
    memcpy(column, start, size);
    column[size] = '\0';
}

static void begin_interval(struct feed *f, const char *column)
{
    if (f->mark_count == f->mark_capacity) {
        f->mark_capacity = 2 * f->mark_capacity + 8;
        f->marks = xreallocarray(f->marks, f->mark_capacity, sizeof *f->marks);
    }
    struct feed_mark *mark = &f->marks[f->mark_count++];
    *mark = (struct feed_mark){ .start = f->end };
    strcpy(mark->column, column);
    f->is_skipping = false;
}

/* Appends a line and its LF. */
static void add_line(struct feed *f, const char *line, size_t length)
{
    char column[FEED_COLUMN_MAX];
    feed_last_column(line, length - 1, column);
    if (!f->mark_count || strcmp(f->marks[f->mark_count - 1].column, column) != 0)
        begin_interval(f, column);
    while (!f->is_skipping && feed_pending(f) + length > f->limit)
        drop_oldest(f);
    if (f->is_skipping) {
        f->lost_lines++;
        return;
    }
    append(f, line, length);
    f->marks[f->mark_count - 1].lines++;
}

void feed_add(struct feed *f, const char *lines, size_t length)
{
    if (!f->limit) {
        append(f, lines, length);
        return;
    }
    for (const char *end = lines + length, *next; lines < end; lines = next) {
        next = (const char *)memchr(lines, '\n', (size_t)(end - lines)) + 1;
        add_line(f, lines, (size_t)(next - lines));
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

bool feed_write(struct feed *f, int fd)
{
    while (feed_pending(f)) {
        ssize_t n = write(fd, at(f, f->sent), feed_pending(f));
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        f->sent += (size_t)n;
    }
    if (f->sent - f->base > 8 * f->pipe + (1 << 20))
        forget_old(f);
    return true;
}

unsigned feed_rewind(struct feed *f, size_t unread)
{
    uint64_t read = f->sent - f->base >= unread ? f->sent - unread : f->base;
    unsigned cut = 0;
    f->sent = read;
    if (read > f->base && *at(f, read - 1) != '\n') {
        const char *newline = memchr(at(f, read), '\n', (size_t)(f->end - read));
        f->sent = newline ? read + (uint64_t)(newline - at(f, read)) + 1 : f->end;
        cut = 1;
    }
    return cut;
}

uint64_t feed_lines_unread(const struct feed *f, size_t unread)
{
    uint64_t read = f->sent - f->base >= unread ? f->sent - unread : f->base;
    return f->text ? feed_count_lines(at(f, read), (size_t)(f->end - read)) : 0;
}

uint64_t feed_drop(struct feed *f)
{
    uint64_t lines = f->text ? feed_count_lines(at(f, f->sent), feed_pending(f)) : 0;
    f->end = f->sent;
    f->mark_count = 0;
    return lines;
}
