#include "filter/bad_rows.h"

#include "base/clock.h"

void bad_rows_init(struct bad_rows *b, const struct filter *f)
{
    *b = (struct bad_rows){
        .refusals = { .complaint = { .what = "bad aggregates" }, .rejects = f->rejects, .strict = f->options->strict },
        .unknown = { .what = "lines of an unknown type" },
    };
}

void bad_rows_add(struct bad_rows *b, const char *where, uint64_t number, const struct rows_refusal *r,
                  struct span line)
{
    if (r->is_unknown)
        complain(&b->unknown, "%s:%llu: %s %s: %s", where, (unsigned long long)number, r->what,
                 quote(r->culprit.text, r->culprit.length).text, r->why);
    else
        refusals_add(&b->refusals,
                     &(struct refusal){ clock_wall_ms(), where, number, r->what, r->culprit, r->why, line, false });
}

void bad_rows_summarise(struct bad_rows *b)
{
    complaint_summary(&b->refusals.complaint);
    complaint_summary(&b->unknown);
}
