#include "interval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

static void write_names(const struct interval *i, char *part, char *name)
{
    struct segment_name part_name = i->segment.name;
    part_name.is_part = true;
    segment_write_name(part, &part_name);
    segment_write_name(name, &i->segment.name);
}

void interval_init(struct interval *i, struct store *store)
{
    *i = (struct interval){ .store = store, .fd = -1, .block = xmalloc(INTERVAL_BLOCK) };
}

void interval_begin(struct interval *i, int64_t time, int64_t now)
{
    char part[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    struct store *s = i->store;
    *i = (struct interval){ .store = s, .is_open = true, .fd = -1, .block = i->block };
    i->segment.name = (struct segment_name){ time, s->next_seq++, false };
    i->segment.is_checked = true;
    if (s->is_full)
        return;
    write_names(i, part, name);
    i->fd = directory_create(&s->directory, part);
    if (i->fd < 0)
        store_write_failed(s, part, errno, now);
}

static void close_file(struct interval *i)
{
    char part[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    if (i->fd < 0)
        return;
    write_names(i, part, name);
    directory_remove(&i->store->directory, part);
    close(i->fd);
    i->fd = -1;
}

/* There is no room for the interval: forgets what it has so far. Its lines will be counted in
 * *dropped. */
static void discard(struct interval *i, struct tally *dropped)
{
    struct store *s = i->store;
    close_file(i);
    s->bytes -= i->segment.size;
    s->memory -= i->segment.bytes ? i->segment.size : 0;
    free(i->segment.bytes);
    i->segment.bytes = NULL;
    i->segment.size = i->capacity = i->held = 0;
    i->dropped = dropped;
}

static void reserve(struct interval *i, size_t size)
{
    if (size <= i->capacity)
        return;
    i->capacity = size > 2 * i->capacity ? size : 2 * i->capacity;
    i->segment.bytes = xreallocarray(i->segment.bytes, i->capacity, 1);
}

static bool read_back(const struct interval *i, char *to)
{
    size_t written = i->segment.size - i->held;
    for (size_t at = 0; at < written;) {
        ssize_t n = pread(i->fd, to + at, written - at, (off_t)at);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    memcpy(to + written, i->block, i->held);
    return true;
}

/* The file cannot be written: goes on in memory with what has been written so far. */
static void move_to_memory(struct interval *i, int error, int64_t now)
{
    char part[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    struct store *s = i->store;
    size_t size = i->segment.size;
    write_names(i, part, name);
    store_write_failed(s, part, error, now);
    if (!store_make_memory(s, size)) {
        discard(i, &s->over_buffer);
        return;
    }
    reserve(i, size + 1);
    if (!read_back(i, i->segment.bytes)) {
        free(i->segment.bytes);
        i->segment.bytes = NULL;
        discard(i, &s->unreadable);
        return;
    }
    s->memory += size;
    i->held = 0;
    close_file(i);
}

static void add_to_memory(struct interval *i, const char *bytes, size_t length)
{
    struct store *s = i->store;
    if (!store_make_memory(s, length)) {
        discard(i, &s->over_buffer);
        return;
    }
    reserve(i, i->segment.size + length);
    memcpy(i->segment.bytes + i->segment.size, bytes, length);
    i->segment.size += length;
    s->bytes += length;
    s->memory += length;
}

void interval_flush(struct interval *i, int64_t now)
{
    if (i->fd < 0 || !i->held)
        return;
    if (directory_write_all(i->fd, (struct span){ i->block, i->held }, (struct span){ "", 0 }) == 0)
        i->held = 0;
    else
        move_to_memory(i, errno, now);
}

/* Writes up to the end of a block, and holds the rest. Returns 0, or -1 and errno; nothing is then
 * held that was not before. */
static int add_to_file(struct interval *i, struct span bytes)
{
    size_t at = i->segment.size % INTERVAL_BLOCK, rest = (at + bytes.length) % INTERVAL_BLOCK;
    if (at + bytes.length >= INTERVAL_BLOCK) {
        struct span whole = { bytes.text, bytes.length - rest };
        if (directory_write_all(i->fd, (struct span){ i->block, i->held }, whole) < 0)
            return -1;
        i->held = 0;
        bytes = (struct span){ bytes.text + whole.length, rest };
    }
    memcpy(i->block + i->held, bytes.text, bytes.length);
    i->held += bytes.length;
    return 0;
}

void interval_add(struct interval *i, const char *bytes, size_t length, uint64_t lines, int64_t now)
{
    i->segment.lines += lines;
    if (i->dropped)
        return;
    if (i->segment.size + length > i->store->options.max || !store_make_room(i->store, length)) {
        discard(i, &i->store->over_max);
        return;
    }
    if (i->fd >= 0 && add_to_file(i, (struct span){ bytes, length }) == 0) {
        i->segment.size += length;
        i->store->bytes += length;
        return;
    }
    if (i->fd >= 0)
        move_to_memory(i, errno, now);
    if (!i->dropped)
        add_to_memory(i, bytes, length);
}

/* Counts the lines of an interval that there was no room for. */
static void count_dropped(struct interval *i)
{
    struct store *s = i->store;
    const struct tally lines = { .lines = i->segment.lines };
    store_drop_lines(s, lines, &i->segment.told);
    tally_add(i->dropped, lines);
    s->has_gap = true;
    store_report_drops(s);
}

void interval_end(struct interval *i, int64_t now)
{
    char part[SEGMENT_NAME_MAX], name[SEGMENT_NAME_MAX];
    struct store *s = i->store;
    i->is_open = false;
    write_names(i, part, name);
    interval_flush(i, now);
    if (i->fd >= 0 && directory_finish(&s->directory, i->fd, part, name) < 0)
        move_to_memory(i, errno, now);
    if (i->fd >= 0 && close(i->fd) < 0)
        complain(&s->files, "close %s/%s: %s", s->options.path, name, strerror(errno));
    i->fd = -1;
    if (i->dropped)
        count_dropped(i);
    else
        store_add(s, &i->segment, now);
}

void interval_free(struct interval *i)
{
    if (i->is_open && i->fd >= 0) {
        (void)directory_write_all(i->fd, (struct span){ i->block, i->held }, (struct span){ "", 0 });
        close(i->fd);
    }
    if (i->is_open)
        free(i->segment.bytes);
    free(i->block);
    i->is_open = false;
}
