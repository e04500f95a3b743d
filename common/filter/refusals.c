#include "filter/refusals.h"

#include <limits.h>
#include <stdio.h>

#include "format/record.h"

enum { WHERE_MAX = PATH_MAX + 32, REASON_MAX = 512 };

static struct span where_of(const struct refusal *f, char *text)
{
    int length = f->line ? snprintf(text, WHERE_MAX, "%s:%llu", f->where, (unsigned long long)f->line)
                         : snprintf(text, WHERE_MAX, "%s", f->where);
    return (struct span){ text, length < WHERE_MAX ? (size_t)length : WHERE_MAX - 1 };
}

static void keep(struct out *rejects, const struct refusal *f, struct span where, struct span reason)
{
    char *to = out_room(rejects, record_reject_size(where, reason, f->bytes));
    out_added(rejects, (size_t)(record_reject(to, f->time, where, reason, f->bytes) - to));
}

void refusals_add(struct refusals *r, const struct refusal *f)
{
    if (!complaint_is_shown(&r->complaint) && !r->rejects && !r->strict) {
        complain(&r->complaint, "%s", "");
        return;
    }
    char where_text[WHERE_MAX], reason_text[REASON_MAX];
    struct span where = where_of(f, where_text);
    int length = snprintf(reason_text, sizeof reason_text, "%s %s: %s", f->what,
                          quote(f->culprit.text, f->culprit.length).text, f->why);
    if (r->rejects)
        keep(r->rejects, f, where, (struct span){ reason_text, (size_t)length });
    if (r->strict && die_verbosity() < 0)
        say("%s: %s", where_text, reason_text);
    complain(&r->complaint, "%s: %s", where_text, reason_text);
}
