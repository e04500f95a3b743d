#include "feed.h"

#include <string.h>

#include "base/number.h"

/* How much room plain lines are given at a time. */
enum { PLAIN_ROOM = 1 << 13 };

_Static_assert((int)NET_SLACK >= (int)WIRE_BATCH_SLACK, "a datagram has too little slack");
_Static_assert((int)NET_TEXT_MAX <= (int)WIRE_BATCH_SOURCE, "an address may be too long a source");

void feed_init(struct feed *f, const struct feed_options *options, struct out *records, struct out *rejects,
               struct counters *counters)
{
    *f = (struct feed){ .options = *options, .records = records, .counters = counters };
    f->refusals =
        (struct refusals){ .complaint = { .what = "bad lines" }, .rejects = rejects, .strict = options->strict };
    wire_init(&f->wire, &options->wire);
    wire_batch_init(&f->batch, options->max_line, options->wire.max_name);
}

void feed_free(struct feed *f)
{
    wire_free(&f->wire);
}

static struct span sender(struct feed *f)
{
    if (!f->sender_length)
        f->sender_length = net_text(f->datagram.sender, f->sender);
    return (struct span){ f->sender, f->sender_length };
}

/* What becomes the sixth column. */
static struct span source(struct feed *f)
{
    return f->options.source ? sender(f) : SPAN("");
}

void feed_open(struct feed *f, struct net_datagram datagram, int64_t arrival)
{
    f->datagram = datagram;
    f->next = datagram.text;
    f->end = datagram.text + datagram.length;
    f->arrival = arrival;
    f->sender_length = 0;
    f->in_line = f->sample_waits = false;
    f->counters->packets++;
    wire_batch_stamp(&f->batch, arrival, source(f));
    wire_batch_open(&f->batch, f->next, f->end, !datagram.truncated);
}

/* The culprit is what of the line is to blame. The rejects get a line whole once: with tens of thousands of bad values in
 * 64 KiB, every time would be a gigabyte. */
static void refuse(struct feed *f, const char *what, struct span culprit, const char *why)
{
    f->counters->bad++;
    refusals_add(&f->refusals, &(struct refusal){
                                   .time = f->arrival,
                                   .where = sender(f).text,
                                   .what = what,
                                   .culprit = culprit,
                                   .why = why,
                                   .bytes = f->line_refused ? culprit : f->line,
                               });
    f->line_refused = true;
    f->stopped = f->options.strict;
}

/* The next line of the datagram that the parser is to see. */
static bool next_line(struct feed *f)
{
    while (f->next < f->end && !f->stopped) {
        const char *from = f->next;
        const char *newline = memchr(from, '\n', (size_t)(f->end - from));
        const char *to = newline ? newline : f->end;
        f->next = newline ? newline + 1 : f->end;
        if (to > from && to[-1] == '\r')
            to--;
        f->line = (struct span){ from, (size_t)(to - from) };
        f->line_refused = false;
        if (!f->line.length)
            continue;
        if (!newline && f->datagram.truncated)
            refuse(f, "bad line", f->line, "the datagram is too long, its end is lost");
        else if (f->line.length > f->options.max_line)
            refuse(f, wire_error_what(WIRE_TOO_LONG), f->line, wire_error_why(WIRE_TOO_LONG));
        else
            return true;
    }
    return false;
}

/* A client's times have ten digits at most: nothing here overflows. */
static bool is_skewed(const struct feed *f, int64_t time)
{
    int64_t skew = time > f->arrival ? time - f->arrival : f->arrival - time;
    return f->options.max_skew && skew > f->options.max_skew;
}

static void refuse_time(struct feed *f)
{
    char text[1 + NUMBER_TEXT_MAX] = "T";
    size_t length = 1 + number_format_uint((uint64_t)f->sample.time / 1000, text + 1);
    f->counters->skewed++;
    refuse(f, wire_error_what(WIRE_BAD_TIME), (struct span){ text, length }, "further from the clock than --max-skew");
}

static bool next_sample(struct feed *f)
{
    while (!f->stopped)
        switch (wire_next(&f->wire, &f->sample)) {
        case WIRE_SAMPLE:
            if (!f->sample.has_time || !is_skewed(f, f->sample.time))
                return true;
            refuse_time(f);
            break;
        case WIRE_BAD: refuse(f, wire_error_what(f->wire.error), f->wire.culprit, wire_error_why(f->wire.error)); break;
        case WIRE_OTHER: f->counters->events++; break;
        case WIRE_END: return false;
        }
    return false;
}

/* False when there is no room. A record larger than the whole buffer gets room once nothing else is in it. */
static bool write_sample(struct feed *f)
{
    struct span from = source(f);
    struct sample *s = &f->sample;
    size_t size = record_size(s, from.length);
    if (out_space(f->records) < size && out_pending(f->records))
        return false;
    if (!s->has_time)
        s->time = f->arrival;
    char *to = out_room(f->records, size);
    out_added(f->records, (size_t)(record_write_stamped(to, s, from, &f->stamp) - to));
    f->counters->metrics++;
    return true;
}

static enum feed_result run_line(struct feed *f)
{
    while (f->sample_waits || next_sample(f)) {
        f->sample_waits = !write_sample(f);
        if (f->sample_waits)
            return FEED_FULL;
        if (f->counters->metrics == f->options.count)
            return FEED_ENOUGH;
    }
    return FEED_DONE;
}

/* Most lines are plain: as many of them as come next, in one stretch. */
static void run_plain_lines(struct feed *f)
{
    enum wire_batch_stop stop;
    uint64_t lines;
    wire_batch_skip(&f->batch, f->next);
    do {
        size_t space = out_space(f->records);
        if (space < WIRE_BATCH_ROOM)
            return;
        space = space < PLAIN_ROOM ? space : PLAIN_ROOM;
        char *start = out_room(f->records, space), *to = start;
        lines = 0;
        stop = wire_batch_write(&f->batch, &to, start + space, &lines);
        out_added(f->records, (size_t)(to - start));
        f->counters->metrics += lines;
        f->next = f->batch.next;
    } while (stop == WIRE_BATCH_FULL && lines);
}

enum feed_result feed_run(struct feed *f)
{
    for (;;) {
        if (f->in_line) {
            enum feed_result result = run_line(f);
            if (result != FEED_DONE)
                return result;
        }
        if (!f->options.count && !f->stopped)
            run_plain_lines(f);
        f->in_line = next_line(f);
        if (!f->in_line)
            return f->stopped ? FEED_STOPPED : FEED_DONE;
        wire_open(&f->wire, f->line.text, f->line.length);
    }
}
