/* The segments' files as they are found, at the start and when they are read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/shortage.h"
#include "base/xalloc.h"
#include "store_inner.h"

/* --- files that cannot be read ---------------------------------------------------------------- */

static bool may_pass(int error)
{
    return error == EMFILE || error == ENFILE || shortage_is(error);
}

/* The rest of it will never be read. */
static void lose(struct store *s, size_t index, const char *name, const char *why)
{
    struct segment *segment = &s->segments[index];
    struct tally lines = store_known_lines(segment);
    say("read %s/%s: %s: %s lost", s->options.path, name, why, tally_text(lines).text);
    store_drop_lines(s, lines, &segment->told);
    store_remove_file(s, segment);
    store_take_out(s, index);
}

bool store_read_failed(struct store *s, size_t index, int error, int64_t now)
{
    char name[SEGMENT_NAME_MAX];
    segment_write_name(name, &s->segments[index].name);
    if (may_pass(error)) {
        if (!s->is_rereading)
            warn("read %s/%s: %s: trying again", s->options.path, name, strerror(error));
        s->is_rereading = true;
        s->reread = now + STORE_RETRY;
        return true;
    }
    if (!error || error == ENOENT) {
        lose(s, index, name, error ? strerror(error) : "it has become shorter");
        return false;
    }
    say("read %s/%s: %s: left for the next start", s->options.path, name, strerror(error));
    s->has_unread = true;
    store_take_out(s, index);
    return false;
}

/* --- torn files ------------------------------------------------------------------------------- */

/* The whole rows of bytes, in memory that the caller frees. */
static struct span keep_whole(struct span bytes, uint64_t *lines)
{
    const char *from = bytes.text, *end = from + bytes.length;
    char *kept = xmalloc(bytes.length), *to = kept;
    struct span stretch;
    for (*lines = 0; (stretch = segment_whole_rows(from, end, lines)).length; from = stretch.text + stretch.length) {
        memcpy(to, stretch.text, stretch.length);
        to += stretch.length;
    }
    return span_between(kept, to);
}

/* Puts the whole rows of a torn segment in its place: in its file, or in memory where that cannot
 * be written. */
static void replace(struct store *s, struct segment *segment, const char *name, struct span kept)
{
    s->bytes -= segment->size;
    segment->bytes = xstrndup(kept.text, kept.length);
    segment->size = kept.length;
    s->bytes += kept.length;
    s->memory += kept.length;
    if (!store_settle_segment(s, segment))
        store_write_failed(s, name, errno, 0);
}

bool store_check(struct store *s, size_t index, int64_t now)
{
    char name[SEGMENT_NAME_MAX];
    struct segment *segment = &s->segments[index];
    if (segment->is_checked)
        return true;
    segment_write_name(name, &segment->name);
    struct span bytes = directory_load(&s->directory, name);
    if (!bytes.text) {
        store_read_failed(s, index, errno, now);
        return false;
    }
    s->is_rereading = false;
    struct span kept = keep_whole(bytes, &segment->lines);
    segment->is_checked = true;
    if (kept.length < bytes.length || !kept.length)
        complain(&s->torn, "%s/%s: torn: %llu whole lines are kept", s->options.path, name,
                 (unsigned long long)segment->lines);
    if (!kept.length) {
        store_remove_file(s, segment);
        store_take_out(s, index);
    } else if (kept.length < bytes.length) {
        replace(s, segment, name, kept);
    }
    free((char *)(uintptr_t)kept.text);
    free((char *)(uintptr_t)bytes.text);
    return kept.length;
}

/* --- what is there at the start --------------------------------------------------------------- */

static void leave_alone(struct store *s, const char *name, const char *why)
{
    complain(&s->foreign, "%s/%s: left alone: %s", s->options.path, name, why);
}

/* Of what has the name of a segment and cannot be opened: errno says why. */
static const char *why_left(void)
{
    return errno == EINVAL ? "not a segment" : strerror(errno);
}

/* An interval that was open when the program was killed: its rows so far are worth keeping. */
static bool adopt(struct store *s, const char *part, struct segment_name *name)
{
    char whole[SEGMENT_NAME_MAX];
    name->is_part = false;
    segment_write_name(whole, name);
    uint64_t size;
    int fd = directory_read(&s->directory, part, &size);
    bool is_adopted = fd >= 0 && size && directory_finish(&s->directory, fd, part, whole) == 0;
    const char *why = why_left();
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !size)
        directory_remove(&s->directory, part);
    else if (!is_adopted)
        leave_alone(s, part, why);
    if (is_adopted)
        complain(&s->torn, "%s/%s: interrupted: its whole lines are kept", s->options.path, part);
    return is_adopted;
}

static void find(struct store *s, const char *file)
{
    struct segment segment = { .lines = STORE_UNCOUNTED };
    char name[SEGMENT_NAME_MAX];
    if (!segment_read_name(file, &segment.name)) {
        leave_alone(s, file, "not a segment");
        return;
    }
    s->next_seq = segment.name.seq >= s->next_seq ? segment.name.seq + 1 : s->next_seq;
    if (segment.name.is_part && !adopt(s, file, &segment.name))
        return;
    segment_write_name(name, &segment.name);
    int fd = directory_read(&s->directory, name, &segment.size);
    if (fd < 0) {
        leave_alone(s, file, why_left());
        return;
    }
    close(fd);
    s->bytes += segment.size;
    store_put(s, &segment);
}

static int compare_segments(const void *a, const void *b)
{
    const struct segment_name *x = &((const struct segment *)a)->name, *y = &((const struct segment *)b)->name;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return x->time < y->time ? -1 : x->time > y->time;
}

void store_open(struct store *s, const struct store_options *options, struct out *done)
{
    *s = (struct store){
        .options = *options,
        .done = done,
        .next_seq = 1,
        .drops = { .what = "flushes with dropped lines" },
        .files = { .what = "failures of files" },
        .torn = { .what = "torn segments" },
        .foreign = { .what = "files left alone" },
    };
    directory_open(&s->directory, options->path, options->syncs);
    char **names = directory_names(&s->directory);
    for (char **name = names; *name; name++) {
        find(s, *name);
        free(*name);
    }
    free(names);
    complaint_summary(&s->foreign);
    if (s->count)
        qsort(s->segments, s->count, sizeof *s->segments, compare_segments);
    s->safe = s->count;
}
