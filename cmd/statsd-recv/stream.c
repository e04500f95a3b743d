#include "stream.h"

#include <string.h>

enum { PREFIX = 4 }; /* bytes of a message's length */

_Static_assert(LINES_ROOM > STREAM_MESSAGE_MAX + PREFIX, "the buffer is too small for a message");

void stream_free(struct stream *s)
{
    lines_rest_free(&s->rest);
}

void streams_init(struct streams *all, struct reader *reader, size_t max_line)
{
    *all = (struct streams){ .reader = reader };
    lines_init(&all->lines, -1, max_line);
}

void streams_free(struct streams *all)
{
    lines_free(&all->lines);
}

char *stream_take(struct streams *all, struct stream *s, int64_t arrival, struct reader_origin origin, size_t *size)
{
    all->current = s;
    all->arrival = arrival;
    all->origin = origin;
    all->is_refused = false;
    lines_take_up(&all->lines, &s->rest);
    return lines_room(&all->lines, size);
}

static struct span rest(const struct streams *all)
{
    return span_between(lines_begin(&all->lines), lines_end(&all->lines));
}

/* Moves on by this many bytes. */
static void pass(struct streams *all, size_t bytes)
{
    all->lines.start += bytes;
    all->lines.scanned = all->lines.start;
}

static enum stream_form form_of(struct span bytes, enum stream_state state)
{
    bool is_short = bytes.length < PREFIX;
    if (is_short && state == STREAM_OPEN && (bytes.length < PREFIX - 1 || !bytes.text[2]))
        return STREAM_UNKNOWN;
    return is_short || bytes.text[2] || bytes.text[3] ? STREAM_LINES : STREAM_MESSAGES;
}

static enum reader_result run_lines(struct streams *all)
{
    if (!all->in_text) {
        all->lines.ended = all->state == STREAM_CLOSED;
        reader_open_lines(all->reader, &all->lines, all->arrival, all->origin);
    }
    enum reader_result result = reader_run(all->reader);
    all->in_text = result != READER_DONE;
    return result;
}

/* Opens the next message. False if it has not come whole. */
static bool open_message(struct streams *all)
{
    struct span bytes = rest(all);
    const unsigned char *prefix = (const unsigned char *)bytes.text;
    if (bytes.length < PREFIX)
        return false;
    all->message = prefix[0] | (size_t)prefix[1] << 8 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 24;
    all->is_refused = all->message > STREAM_MESSAGE_MAX;
    if (all->is_refused || bytes.length < PREFIX + all->message)
        return false;
    const char *text = bytes.text + PREFIX;
    all->messages++;
    reader_open(all->reader, (struct reader_text){ text, text + all->message, READER_TAIL_LINE }, all->arrival,
                all->origin);
    return true;
}

static enum reader_result run_messages(struct streams *all)
{
    while (all->in_text || open_message(all)) {
        enum reader_result result = reader_run(all->reader);
        all->in_text = result != READER_DONE;
        if (all->in_text)
            return result;
        pass(all, PREFIX + all->message);
    }
    return READER_DONE;
}

/* What is left when nothing can follow it. */
static void refuse_rest(struct streams *all)
{
    bool is_lines = all->current->form == STREAM_LINES;
    struct span bytes = rest(all);
    if (all->is_refused)
        reader_refuse(all->reader, WIRE_TOO_BIG, (struct span){ bytes.text, PREFIX }, all->arrival, all->origin);
    else if (bytes.length && all->state != STREAM_OPEN)
        reader_refuse(all->reader, is_lines ? WIRE_CUT : WIRE_TORN, bytes, all->arrival, all->origin);
    else
        return;
    pass(all, bytes.length);
    all->lines.dropping = false;
}

enum reader_result stream_run(struct streams *all, size_t added, enum stream_state state)
{
    struct stream *s = all->current;
    enum reader_result result = READER_DONE;
    lines_added(&all->lines, added);
    all->state = state;
    if (s->form == STREAM_UNKNOWN)
        s->form = form_of(rest(all), state);
    if (s->form != STREAM_UNKNOWN)
        result = s->form == STREAM_LINES ? run_lines(all) : run_messages(all);
    if (result != READER_DONE)
        return result;
    refuse_rest(all);
    lines_put_aside(&all->lines, &s->rest);
    all->current = NULL;
    return all->reader->stopped ? READER_STOPPED : READER_DONE;
}

bool stream_is_refused(const struct streams *all)
{
    return all->is_refused;
}
