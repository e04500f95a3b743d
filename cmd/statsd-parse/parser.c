#include "parser.h"

void parser_init(struct parser *p, const struct parser_options *options, struct out *records, struct out *rejects)
{
    *p = (struct parser){ .options = *options, .records = records, .now = options->time };
    p->refusals = (struct refusals){ .complaint = { .what = "bad" }, .rejects = rejects, .strict = options->strict };
    wire_init(&p->wire, &options->wire);
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

void parser_take(struct parser *p, enum lines_status status, const struct line *line, uint64_t number)
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

void parser_say_counts(const struct parser *p)
{
    say("%llu lines, %llu records, %llu bad, %llu other", (unsigned long long)p->lines, (unsigned long long)p->samples,
        (unsigned long long)p->refusals.complaint.total, (unsigned long long)p->other);
}
