#include "saving.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/xalloc.h"

enum { CHUNK = 1 << 18 };

void saving_fail(struct saving *s)
{
    if (!s->failed)
        s->error = errno;
    s->failed = true;
}

void saving_drain(struct saving *s)
{
    for (size_t done = 0; done < s->length && !s->failed;) {
        ssize_t n = write(s->fd, s->text + done, s->length - done);
        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno != EINTR)
            saving_fail(s);
    }
    s->length = 0;
}

/* The sixth column of a sample: `extra`, and the word of the interval if that is due. */
static struct span with_due(struct saving *s, struct span extra)
{
    if (!s->due_length)
        return extra;
    if (!extra.length)
        return (struct span){ s->due, s->due_length };
    s->joined = xreallocarray(s->joined, extra.length + s->due_length + 1, 1);
    memcpy(s->joined, extra.text, extra.length);
    s->joined[extra.length] = ' ';
    memcpy(s->joined + extra.length + 1, s->due, s->due_length);
    return (struct span){ s->joined, extra.length + 1 + s->due_length };
}

struct span saving_series(struct saving *s, const struct slot *slot)
{
    return table_series(&s->store->table, slot, &s->scratch);
}

void saving_put(struct saving *s, struct span series, enum record_type type, struct span value, struct span rate,
                int64_t time, struct span extra)
{
    const struct sample sample = {
        .series = series, .type = type, .value = value, .rate = rate, .time = time, .plain = true
    };
    extra = with_due(s, extra);
    size_t size = record_size(&sample, extra.length);
    if (s->capacity - s->length < size && s->fd >= 0)
        saving_drain(s);
    if (s->capacity - s->length < size) {
        s->capacity = 2 * s->length + size + CHUNK;
        s->text = xreallocarray(s->text, s->capacity, 1);
    }
    s->length = (size_t)(record_write(s->text + s->length, &sample, extra) - s->text);
    if (time > s->newest)
        s->newest = time;
}

void saving_put_number(struct saving *s, struct span series, enum record_type type, double value, int64_t time)
{
    char text[NUMBER_TEXT_MAX];
    saving_put(s, series, type, (struct span){ text, number_format(value, text) }, SPAN("1"), time, SPAN(""));
}
