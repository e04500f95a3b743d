/* The beginning of a partition: its newest checkpoint. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/fields.h"
#include "run/work.h"

/* A file of its own for each start. */
static void make_state_path(struct work *w)
{
    char name[64];
    snprintf(name, sizeof name, "%" PRId32 ".", w->partition);
    own_folder_clear(&w->shared->folder, name);
    snprintf(name, sizeof name, "%" PRId32 ".%" PRIu64, w->partition, ++w->starts);
    free(w->state);
    w->state = own_folder_file(&w->shared->folder, name);
}

static void write_all(int fd, const char *path, struct span bytes)
{
    while (bytes.length) {
        ssize_t n = write(fd, bytes.text, bytes.length);
        if (n < 0 && errno != EINTR)
            die_errno("write %s", path);
        if (n > 0)
            bytes = (struct span){ bytes.text + n, bytes.length - (size_t)n };
    }
}

/* The state comes after the first `skip` bytes of the checkpoint. */
static void write_state(const struct work *w, const struct parcel *p, size_t skip)
{
    int fd = open(w->state, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        die_errno("open %s", w->state);
    for (int64_t i = 0; i < p->chunk_count; i++) {
        const struct text *chunk = &p->chunks[i].text;
        size_t here = skip < chunk->length ? skip : chunk->length;
        write_all(fd, w->state, (struct span){ chunk->bytes + here, chunk->length - here });
        skip -= here;
    }
    if (close(fd) < 0)
        die_errno("write %s", w->state);
}

static void set_to(struct work *w, const struct parcel *best)
{
    struct text head = { NULL, 0, 0 };
    size_t body;
    if (!parcel_read_head(best, &head, &body) || !log_clock_read(&w->clock, text_span(&head)))
        die("partition %" PRId32 ": the checkpoint at offset %" PRId64 " is none of this version's", w->partition,
            best->position);
    free(head.bytes);
    write_state(w, best, body);
    w->next = w->kept_position = best->position;
    w->number = best->marker.number;
    w->delivered = best->marker.end;
}

int64_t work_restore(struct work *w)
{
    const struct run_options *options = &w->shared->options;
    shelf_free(&w->shelf);
    shelf_init(&w->shelf, (struct span){ options->group, strlen(options->group) });
    log_clock_free(&w->clock);
    log_clock_init(&w->clock, options->source_timeout);
    make_state_path(w);
    w->next = w->kept_position = -1;
    w->is_lost = false;
    w->number = 0;
    w->delivered = FIELD_NO_TIME;
    if (!reader_read(&w->shared->reader, w->partition, &w->shelf)) {
        w->shared->is_ending = true; /* without its state a partition must not begin */
        return RD_KAFKA_OFFSET_BEGINNING;
    }
    const struct parcel *best = shelf_best(&w->shelf);
    if (best)
        set_to(w, best);
    shelf_forget_chunks(&w->shelf);
    return best ? w->next : RD_KAFKA_OFFSET_BEGINNING;
}
