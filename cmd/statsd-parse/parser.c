#include "parser.h"

_Static_assert((int)LINES_SLACK >= (int)WIRE_BATCH_SLACK, "lines have too little slack");

void parser_init(struct parser *p, const struct parser_options *options, size_t max_line, struct out *records,
                 struct out *rejects)
{
    *p = (struct parser){ .options = *options, .records = records, .now = options->time };
    p->refusals = (struct refusals){ .complaint = { .what = "bad" }, .rejects = rejects, .strict = options->strict };
    wire_init(&p->wire, &options->wire);
    wire_batch_init(&p->batch, max_line, options->wire.max_name);
}

void parser_free(struct parser *p)
{
    wire_free(&p->wire);
}

void parser_set_time(struct parser *p, int64_t now)
{
    if (!p->options.has_time)
        p->now = now;
}

static void refuse(struct parser *p, enum wire_error error, struct span culprit, const struct line *line,
                   uint64_t number)
{
    refusals_add(&p->refusals, &(struct refusal){
                                   .time = p->now,
                                   .where = p->where,
                                   .line = number,
                                   .what = wire_error_what(error),
                                   .culprit = culprit,
                                   .why = wire_error_why(error),
                                   .bytes = { line->text, line->length },
                               });
    p->stopped = p->options.strict;
}

static void write_sample(struct parser *p, struct sample *sample)
{
    p->samples++;
    if (p->options.check)
        return;
    if (!sample->has_time)
        sample->time = p->now;
    char *to = out_room(p->records, record_size(sample, 0));
    out_added(p->records, (size_t)(record_write_stamped(to, sample, SPAN(""), &p->stamp) - to));
}

/* Takes a line, the number-th of p->where, as lines_next has given it: LINES_ONE or LINES_TOO_LONG. */
static void take_line(struct parser *p, enum lines_status status, const struct line *line, uint64_t number)
{
    struct sample sample;
    if (!line->length)
        return;
    p->lines++;
    if (status == LINES_TOO_LONG) {
        refuse(p, WIRE_TOO_LONG, (struct span){ line->text, line->length }, line, number);
        return;
    }
    wire_open(&p->wire, line->text, line->length);
    while (!p->stopped)
        switch (wire_next(&p->wire, &sample)) {
        case WIRE_SAMPLE: write_sample(p, &sample); break;
        case WIRE_BAD: refuse(p, p->wire.error, p->wire.culprit, line, number); break;
        case WIRE_OTHER: p->other++; break;
        case WIRE_END: return;
        }
}

/* Takes the plain lines that come next, as long as there are some. */
static void take_plain_lines(struct parser *p, struct lines *in)
{
    enum wire_batch_stop stop;
    uint64_t lines;
    do {
        char *start = out_room(p->records, WIRE_BATCH_ROOM), *to = start;
        lines = 0;
        stop = wire_batch_write(&p->batch, &to, start + out_space(p->records), &lines);
        if (!p->options.check)
            out_added(p->records, (size_t)(to - start));
        lines_pass(in, p->batch.next, lines);
        p->lines += lines;
        p->samples += lines;
    } while (stop == WIRE_BATCH_FULL && lines);
}

enum lines_status parser_take_lines(struct parser *p, struct lines *in)
{
    struct line line;
    bool is_begun = lines_is_begun(in);
    wire_batch_stamp(&p->batch, p->now, SPAN(""));
    wire_batch_open(&p->batch, lines_begin(in), lines_end(in), false);
    while (!p->stopped) {
        if (!is_begun)
            take_plain_lines(p, in);
        is_begun = false;
        enum lines_status status = lines_next(in, &line);
        if (status >= LINES_MORE)
            return status;
        take_line(p, status, &line, in->number);
        wire_batch_skip(&p->batch, lines_begin(in));
    }
    return LINES_END;
}

void parser_say_counts(const struct parser *p)
{
    say("%llu lines, %llu records, %llu bad, %llu other", (unsigned long long)p->lines, (unsigned long long)p->samples,
        (unsigned long long)p->refusals.complaint.total, (unsigned long long)p->other);
}
