#include "wire/reader_parts.h"

static struct span sender(struct reader *r)
{
    if (!r->sender_length)
        r->sender_length = r->origin.sender_text(r->origin.sender, r->sender);
    return (struct span){ r->sender, r->sender_length };
}

struct span reader_source(struct reader *r)
{
    return r->options.source && !r->origin.file ? sender(r) : SPAN("");
}

/* Where and when: what is to blame is the caller's. */
static struct refusal refusal_of(struct reader *r)
{
    return (struct refusal){
        .time = r->arrival,
        .where = r->origin.file ? r->origin.file : sender(r).text,
        .line = r->origin.file ? r->number : 0,
    };
}

void reader_blame(struct reader *r, enum wire_error error, struct span culprit)
{
    struct refusal refusal = refusal_of(r);
    refusal.what = wire_error_what(error);
    refusal.culprit = culprit;
    refusal.why = wire_error_why(error);
    refusal.bytes = r->line_refused ? culprit : r->line;
    refusal.is_next = r->line_refused;
    r->counts->bad++;
    refusals_add(r->refusals, &refusal);
    r->line_refused = true;
    r->stopped = r->refusals->strict;
}

void reader_end_line(struct reader *r)
{
    r->in_line = false;
    if (r->refusals->unkept) {
        const struct refusal last = refusal_of(r);
        refusals_end_line(r->refusals, &last);
    }
}

void reader_refuse(struct reader *r, enum wire_error error, struct span bytes, int64_t arrival,
                   struct reader_origin origin)
{
    reader_open(r, (struct reader_text){ bytes.text, bytes.text, READER_TAIL_LINE }, arrival, origin);
    r->line = bytes;
    r->line_refused = false;
    r->counts->lines++;
    reader_blame(r, error, bytes);
    reader_end_line(r);
}
