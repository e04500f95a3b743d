#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "store_inner.h"

/* --- naming what is safe ---------------------------------------------------------------------- */

static void name_time(const struct store *s, int64_t time)
{
    char text[CLOCK_TEXT_MAX + 1];
    size_t length = clock_format(time, text);
    text[length++] = '\n';
    out_put(s->done, text, length);
}

/* Names on --done-fd what has become safe: it is in a file, and so is all before it. */
static void name_safe(struct store *s)
{
    if (!s->done)
        return;
    for (; !s->has_gap && s->safe < s->count && !s->segments[s->safe].bytes; s->safe++)
        name_time(s, s->segments[s->safe].name.time);
    out_try_flush(s->done);
}

/* --- segments --------------------------------------------------------------------------------- */

/* The segments before it move up, for mostly it is one of the first. */
void store_take_out(struct store *s, size_t index)
{
    struct segment *segment = &s->segments[index];
    s->bytes -= segment->size;
    if (segment->bytes)
        s->memory -= segment->size;
    free(segment->bytes);
    memmove(s->segments + 1, s->segments, index * sizeof *segment);
    s->segments++;
    s->count--;
    s->under_way -= index < s->under_way;
    s->safe -= index < s->safe;
}

void store_remove_file(struct store *s, const struct segment *segment)
{
    char name[SEGMENT_NAME_MAX];
    segment_write_name(name, &segment->name);
    if (directory_remove(&s->directory, name) < 0 && errno != ENOENT)
        complain(&s->files, "remove %s/%s: %s", s->options.path, name, strerror(errno));
}

struct tally store_known_lines(const struct segment *segment)
{
    bool is_counted = segment->lines != STORE_UNCOUNTED;
    return (struct tally){ is_counted ? segment->lines : segment->size > 0, !is_counted };
}

/* Reads the file of a segment of an earlier run. */
static struct tally count_lines(struct store *s, struct segment *segment)
{
    char name[SEGMENT_NAME_MAX];
    if (segment->lines != STORE_UNCOUNTED)
        return store_known_lines(segment);
    segment_write_name(name, &segment->name);
    struct span bytes = directory_load(&s->directory, name);
    if (bytes.text) {
        segment->lines = segment_count_lines(bytes);
    } else {
        complain(&s->files, "read %s/%s: %s: its lines are not counted", s->options.path, name, strerror(errno));
        s->has_unread = true;
    }
    free((char *)(uintptr_t)bytes.text);
    return store_known_lines(segment);
}

void store_drop_lines(struct store *s, struct tally lines, const struct told *told)
{
    tally_add(&s->dropped, lines);
    s->untold.lines_dropped += lines.lines + told->lines_dropped;
    s->untold.bad_lines += told->bad_lines;
    s->untold.rejects_lost += told->rejects_lost;
}

/* Drops a segment and returns its lines. */
static struct tally drop(struct store *s, size_t index)
{
    struct segment *segment = &s->segments[index];
    struct tally lines = count_lines(s, segment);
    store_drop_lines(s, lines, &segment->told);
    if (!segment->bytes)
        store_remove_file(s, segment);
    s->has_gap |= index >= s->safe;
    store_take_out(s, index);
    return lines;
}

bool store_make_room(struct store *s, uint64_t more)
{
    while (s->bytes + more > s->options.max && s->under_way < s->count)
        tally_add(&s->over_max, drop(s, s->under_way));
    return s->bytes + more <= s->options.max;
}

bool store_make_memory(struct store *s, uint64_t more)
{
    for (size_t i = s->under_way; s->memory + more > s->options.buffer && i < s->count;)
        if (s->segments[i].bytes)
            tally_add(&s->over_buffer, drop(s, i));
        else
            i++;
    return s->memory + more <= s->options.buffer;
}

void store_finish(struct store *s, size_t count)
{
    s->done_count += count;
    for (; count; count--) {
        if (s->done && !s->safe && !s->has_gap)
            name_time(s, s->segments[0].name.time);
        if (!s->segments[0].bytes)
            store_remove_file(s, &s->segments[0]);
        store_take_out(s, 0);
    }
    name_safe(s);
}

struct tally store_count_lines(struct store *s)
{
    struct tally lines = { .lines = 0 };
    for (size_t i = 0; i < s->count; i++)
        tally_add(&lines, count_lines(s, &s->segments[i]));
    return lines;
}

void store_put(struct store *s, const struct segment *segment)
{
    size_t first = (size_t)(s->segments - s->room);
    if (first + s->count == s->capacity && first > s->count) {
        memcpy(s->room, s->segments, s->count * sizeof *s->segments);
        s->segments = s->room;
    } else if (first + s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 64;
        s->room = xreallocarray(s->room, s->capacity, sizeof *s->room);
        s->segments = s->room + first;
    }
    s->segments[s->count++] = *segment;
}

/* --- a directory that cannot be written ------------------------------------------------------- */

void store_write_failed(struct store *s, const char *name, int error, int64_t now)
{
    if (!s->is_full)
        say("write %s/%s: %s: intervals are kept in memory", s->options.path, name, strerror(error));
    s->is_full = true;
    s->retry = now + STORE_RETRY;
}

/* Writes a segment that is in memory. False: it cannot be written. */
bool store_settle_segment(struct store *s, struct segment *segment)
{
    char name[SEGMENT_NAME_MAX], part[SEGMENT_NAME_MAX];
    struct segment_name part_name = { segment->name.time, segment->name.seq, true };
    segment_write_name(name, &segment->name);
    segment_write_name(part, &part_name);
    errno = ENOSPC;
    if (directory_space(&s->directory) < segment->size ||
        directory_write(&s->directory, part, name, (struct span){ segment->bytes, segment->size }) < 0)
        return false;
    s->memory -= segment->size;
    free(segment->bytes);
    segment->bytes = NULL;
    return true;
}

void store_settle(struct store *s, int64_t now)
{
    uint64_t settled = 0;
    if (!s->is_full || now < s->retry)
        return;
    s->retry = now + STORE_RETRY;
    for (size_t i = 0; i < s->count; i++) {
        if (!s->segments[i].bytes)
            continue;
        if (!store_settle_segment(s, &s->segments[i]))
            return;
        settled++;
    }
    s->is_full = false;
    say("%s can be written again: %llu intervals moved from memory", s->options.path, (unsigned long long)settled);
    name_safe(s);
}

void store_lose(struct store *s)
{
    struct tally lost = { .lines = 0 };
    s->under_way = 0;
    s->retry = INT64_MIN;
    store_settle(s, 0);
    for (size_t i = 0; i < s->count;)
        if (s->segments[i].bytes)
            tally_add(&lost, drop(s, i));
        else
            i++;
    if (lost.lines)
        say("%s in memory could not be written to %s", tally_text(lost).text, s->options.path);
}

/* --- intervals -------------------------------------------------------------------------------- */

void store_report_drops(struct store *s)
{
    if (s->over_max.lines)
        complain(&s->drops, "--max of %llu bytes is reached: %s dropped, the oldest first",
                 (unsigned long long)s->options.max, tally_text(s->over_max).text);
    if (s->over_buffer.lines)
        complain(&s->drops, "the buffer of %zu bytes is full: %s dropped, the oldest first", s->options.buffer,
                 tally_text(s->over_buffer).text);
    if (s->unreadable.lines)
        complain(&s->drops, "%s: what was written cannot be read: %s dropped", s->options.path,
                 tally_text(s->unreadable).text);
    s->over_max = s->over_buffer = s->unreadable = (struct tally){ .lines = 0 };
}

void store_add(struct store *s, const struct segment *segment, int64_t now)
{
    char name[SEGMENT_NAME_MAX];
    store_put(s, segment);
    store_report_drops(s);
    if (segment->bytes && !s->is_full && !store_settle_segment(s, &s->segments[s->count - 1])) {
        segment_write_name(name, &segment->name);
        store_write_failed(s, name, errno, now);
    }
    store_settle(s, now);
    name_safe(s);
}

void store_summarize(struct store *s)
{
    complaint_summary(&s->drops);
    complaint_summary(&s->files);
    complaint_summary(&s->torn);
}

void store_close(struct store *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->segments[i].bytes);
    free(s->room);
    directory_close(&s->directory);
}
