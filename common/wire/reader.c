#include "wire/reader.h"

#include "base/find.h"
#include "base/number.h"
#include "wire/reader_parts.h"

/* The most room plain lines get at once: with OUT_QUEUE, asking for more would move the buffer's
 * bytes more often. */
enum { PLAIN_ROOM = 1 << 13 };

_Static_assert((int)LINES_SLACK >= (int)READER_SLACK, "lines have too little slack");

void reader_init(struct reader *r, const struct reader_options *options, struct out *records, struct refusals *refusals,
                 struct reader_counts *counts)
{
    *r = (struct reader){ .options = *options, .records = records, .refusals = refusals, .counts = counts };
    wire_init(&r->wire, &options->wire);
    wire_batch_init(&r->batch, options->max_line, options->max_skew, &options->wire);
    r->batch.gauge_signs = options->gauge_signs;
}

void reader_free(struct reader *r)
{
    wire_free(&r->wire);
    wire_batch_free(&r->batch);
}

void reader_open(struct reader *r, struct reader_text text, int64_t arrival, struct reader_origin origin)
{
    r->lines = NULL;
    r->next = text.text;
    r->end = text.end;
    r->tail = text.tail;
    r->arrival = arrival;
    r->origin = origin;
    r->number = origin.line;
    r->sender_length = 0;
    r->is_begun = r->in_line = r->sample_waits = false;
    wire_batch_stamp(&r->batch, arrival, reader_source(r));
    wire_batch_open(&r->batch, text.text, text.end, text.tail == READER_TAIL_LINE);
}

void reader_open_lines(struct reader *r, struct lines *lines, int64_t arrival, struct reader_origin origin)
{
    origin.line = lines->number;
    reader_open(r, (struct reader_text){ lines_begin(lines), lines_end(lines), READER_TAIL_OPEN }, arrival, origin);
    r->lines = lines;
    r->is_begun = lines_is_begun(lines);
}

/* Cuts the next line off a text. False when none is left. */
static bool cut_line(struct reader *r, enum wire_error *fault)
{
    const char *from = r->next, *newline = find_byte(from, r->end, '\n'), *to = newline ? newline : r->end;
    if (from == r->end || (!newline && r->tail == READER_TAIL_OPEN))
        return false;
    r->next = newline ? newline + 1 : r->end;
    r->number++;
    if (to > from && to[-1] == '\r')
        to--;
    r->line = (struct span){ from, (size_t)(to - from) };
    if (!newline && r->tail == READER_TAIL_LOST)
        *fault = WIRE_LOST;
    else if (r->line.length > r->options.max_line)
        *fault = WIRE_TOO_LONG;
    return true;
}

/* The same for a text in the buffer of r->lines, which know the lines that came in pieces. */
static bool cut_line_of_lines(struct reader *r, enum wire_error *fault)
{
    struct line line;
    enum lines_status status = lines_next(r->lines, &line);
    if (status >= LINES_MORE)
        return false;
    r->next = lines_begin(r->lines);
    r->number = r->lines->number;
    r->is_begun = false;
    r->line = (struct span){ line.text, line.length };
    if (status == LINES_TOO_LONG)
        *fault = WIRE_TOO_LONG;
    return true;
}

/* Takes the next line; r->in_line says if the grammar is to read it. False when none is left. */
static bool take_line(struct reader *r)
{
    enum wire_error fault = WIRE_ERRORS;
    if (r->stopped || !(r->lines ? cut_line_of_lines(r, &fault) : cut_line(r, &fault)))
        return false;
    r->line_refused = false;
    if (!r->line.length)
        return true;
    r->counts->lines++;
    r->in_line = fault == WIRE_ERRORS;
    if (r->in_line)
        wire_open(&r->wire, r->line.text, r->line.length);
    else
        reader_blame(r, fault, r->line);
    return true;
}

/* A client's timestamps have ten digits at most: nothing here overflows. */
static bool is_skewed(const struct reader *r, int64_t time)
{
    int64_t skew = time > r->arrival ? time - r->arrival : r->arrival - time;
    return r->options.max_skew && skew > r->options.max_skew;
}

static void refuse_time(struct reader *r)
{
    char text[1 + NUMBER_TEXT_MAX] = "T";
    size_t length = 1 + number_format_uint((uint64_t)r->sample.time / 1000, text + 1);
    r->counts->skewed++;
    reader_blame(r, WIRE_SKEWED, (struct span){ text, length });
}

static void watch_gauge(struct reader *r, const struct sample *s)
{
    struct gauge_signs *signs = r->options.gauge_signs;
    if (s->type == RECORD_GAUGE)
        gauge_signs_settle(signs, s->series);
    if (s->type != RECORD_GAUGE_DELTA)
        return;
    r->delta_line = r->counts->lines;
    r->batch.gauge_signs = signs;
    if (gauge_signs_delta(signs, s->series, *s->value.text == '-'))
        warn("gauge %s has been sent %d negative deltas and was never set: are they values? see --gauge-sign absolute",
             quote(s->series.text, s->series.length).text, GAUGE_SIGNS_MANY);
}

/* An event or a service check: as it came. */
static void take_other(struct reader *r)
{
    struct side *events = r->options.events;
    r->counts->other++;
    char *room = events ? side_room(events, r->line.length + 1) : NULL;
    if (!room)
        return;
    memcpy(room, r->line.text, r->line.length);
    room[r->line.length] = '\n';
    side_added(events, r->line.length + 1);
}

/* A sample that is good. False at the end of the line. */
static bool next_sample(struct reader *r)
{
    while (!r->stopped)
        switch (wire_next(&r->wire, &r->sample)) {
        case WIRE_SAMPLE:
            if (!r->sample.has_time || !is_skewed(r, r->sample.time))
                return true;
            refuse_time(r);
            wire_skip_chunk(&r->wire);
            break;
        case WIRE_BAD: reader_blame(r, r->wire.error, r->wire.culprit); break;
        case WIRE_OTHER: take_other(r); break;
        case WIRE_END: return false;
        }
    return false;
}

static bool can_be_full(const struct reader *r)
{
    return r->records->flags & OUT_QUEUE;
}

/* False when there is no room. A record larger than the buffer gets room once it is empty. */
static bool write_sample(struct reader *r)
{
    struct span from = reader_source(r);
    struct sample *s = &r->sample;
    size_t size = record_size(s, from.length);
    if (!r->options.check) {
        if (can_be_full(r) && out_space(r->records) < size && out_pending(r->records))
            return false;
        if (!s->has_time)
            s->time = r->arrival;
        char *to = out_room(r->records, size);
        out_added(r->records, (size_t)(record_write_stamped(to, s, from, &r->stamp) - to));
    }
    r->counts->records++;
    return true;
}

static enum reader_result run_line(struct reader *r)
{
    while (r->sample_waits || next_sample(r)) {
        if (r->options.gauge_signs && !r->sample_waits)
            watch_gauge(r, &r->sample);
        r->sample_waits = !write_sample(r);
        if (r->sample_waits)
            return READER_FULL;
        if (r->counts->records == r->options.count)
            return READER_ENOUGH;
    }
    reader_end_line(r);
    return READER_DONE;
}

/* Bytes of room for plain lines, 0 for none. */
static size_t plain_room(struct reader *r)
{
    size_t space = out_space(r->records);
    if (space < WIRE_BATCH_ROOM) {
        if (can_be_full(r))
            return 0;
        out_flush(r->records);
        space = out_space(r->records);
    }
    return space < PLAIN_ROOM ? space : PLAIN_ROOM;
}

/* The batch has taken this many lines, each of which became a record. */
static void pass_plain_lines(struct reader *r, uint64_t lines)
{
    r->next = r->batch.next;
    r->number += lines;
    r->counts->lines += lines;
    r->counts->records += lines;
    if (r->lines)
        lines_pass(r->lines, r->next, lines);
}

/* Takes the plain lines that come next. */
static void run_plain_lines(struct reader *r)
{
    enum wire_batch_stop stop;
    uint64_t lines;
    if (r->counts->lines - r->delta_line > GAUGE_SIGNS_DOZE)
        r->batch.gauge_signs = NULL;
    wire_batch_skip(&r->batch, r->next);
    do {
        size_t room = plain_room(r);
        if (!room)
            return;
        char *start = out_room(r->records, room), *to = start;
        lines = 0;
        stop = wire_batch_write(&r->batch, &to, start + room, &lines);
        if (!r->options.check)
            out_added(r->records, (size_t)(to - start));
        pass_plain_lines(r, lines);
    } while (stop == WIRE_BATCH_FULL && lines);
}

enum reader_result reader_run(struct reader *r)
{
    for (;;) {
        if (r->in_line) {
            enum reader_result result = run_line(r);
            if (result != READER_DONE)
                return result;
        }
        if (!r->options.count && !r->stopped && !r->is_begun)
            run_plain_lines(r);
        if (!take_line(r))
            return r->stopped ? READER_STOPPED : READER_DONE;
    }
}
