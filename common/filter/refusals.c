#include "filter/refusals.h"

#include <limits.h>
#include <stdio.h>

#include "format/record.h"

enum { WHERE_MAX = PATH_MAX + 32, REASON_MAX = 512 };

/* What may be written for one line of input: this many times its length, and this many bytes. */
enum { LINE_TIMES = 4, LINE_BYTES = 1024 };

static struct span where_of(const struct refusal *f, char *text)
{
    int length = f->line ? snprintf(text, WHERE_MAX, "%s:%llu", f->where, (unsigned long long)f->line)
                         : snprintf(text, WHERE_MAX, "%s", f->where);
    return (struct span){ text, length < WHERE_MAX ? (size_t)length : WHERE_MAX - 1 };
}

/* Appends a line to the rejects and returns its length. */
static size_t keep(struct side *rejects, int64_t time, struct span where, struct span reason, struct span bytes)
{
    char *room = side_room(rejects, record_reject_size(where, reason, bytes));
    if (!room)
        return 0;
    size_t length = (size_t)(record_reject(room, time, where, reason, bytes) - room);
    side_added(rejects, length);
    return length;
}

static void keep_refusal(struct refusals *r, const struct refusal *f, struct span where, struct span reason)
{
    if (!f->is_next)
        r->budget = LINE_TIMES * f->bytes.length + LINE_BYTES;
    else if (r->budget < record_reject_size(where, reason, f->bytes)) {
        r->unkept++;
        return;
    }
    size_t length = keep(r->rejects, f->time, where, reason, f->bytes);
    r->budget -= length < r->budget ? length : r->budget;
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
    struct span reason = { reason_text, length < REASON_MAX ? (size_t)length : REASON_MAX - 1 };
    if (r->rejects)
        keep_refusal(r, f, where, reason);
    if (r->strict && die_verbosity() < 0)
        say("%s: %s", where_text, reason_text);
    complain(&r->complaint, "%s: %s", where_text, reason_text);
}

void refusals_end_line(struct refusals *r, const struct refusal *last)
{
    char where[WHERE_MAX], reason[64];
    if (!r->unkept)
        return;
    int length = snprintf(reason, sizeof reason, "%llu more of this line", (unsigned long long)r->unkept);
    keep(r->rejects, last->time, where_of(last, where), (struct span){ reason, (size_t)length }, SPAN(""));
    r->unkept = 0;
}
