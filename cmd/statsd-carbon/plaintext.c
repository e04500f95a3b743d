#include "plaintext.h"

#include <stdint.h>

#include "base/clock.h"
#include "base/number.h"
#include "format/clean.h"

/* Splits at runs of spaces into at most `most` columns and returns how many there are, those past
 * the last included. */
static size_t split(struct span line, struct span *columns, size_t most)
{
    size_t count = 0;
    const char *from = line.text, *end = line.text + line.length;
    for (;;) {
        while (from < end && *from == ' ')
            from++;
        if (from == end)
            return count;
        const char *space = memchr(from, ' ', (size_t)(end - from));
        const char *stop = space ? space : end;
        if (count < most)
            columns[count] = (struct span){ from, (size_t)(stop - from) };
        count++;
        from = stop;
    }
}

static bool looks_like_statsd(struct span line)
{
    const char *colon = memchr(line.text, ':', line.length);
    return colon && memchr(colon, '|', line.length - (size_t)(colon - line.text));
}

enum plaintext_error plaintext_parse(struct span line, struct plaintext *p, struct span *culprit)
{
    struct span columns[3];
    double number;
    int64_t time;
    *culprit = line;
    if (split(line, columns, 3) != 3)
        return looks_like_statsd(line) ? PLAINTEXT_STATSD : PLAINTEXT_COLUMNS;
    *p = (struct plaintext){ columns[0], columns[1], columns[2] };
    *culprit = p->value;
    if (number_parse(p->value.text, p->value.length, &number) != NUMBER_OK)
        return PLAINTEXT_BAD_VALUE;
    *culprit = p->time;
    return clock_parse(p->time.text, p->time.length, &time) ? PLAINTEXT_OK : PLAINTEXT_BAD_TIME;
}

static const struct {
    const char *what, *why;
} errors[] = {
    [PLAINTEXT_OK] = { "good line", "nothing else" },
    [PLAINTEXT_COLUMNS] = { "bad line", "expected an aggregate, or path, value and time" },
    [PLAINTEXT_STATSD] = { "bad line",
                           "this looks like StatsD: are statsd-parse and statsd-agg missing before statsd-carbon?" },
    [PLAINTEXT_BAD_VALUE] = { "bad value", "expected a number" },
    [PLAINTEXT_BAD_TIME] = { "bad time", "expected Unix seconds" },
};

const char *plaintext_error_what(enum plaintext_error error)
{
    return errors[error].what;
}

const char *plaintext_error_why(enum plaintext_error error)
{
    return errors[error].why;
}

static char *put(char *to, struct span from)
{
    memcpy(to, from.text, from.length);
    return to + from.length;
}

char *plaintext_write(char *to, const struct plaintext *p)
{
    to = clean_name_tag(to, clean_put(to, p->path));
    *to++ = ' ';
    to = put(to, p->value);
    *to++ = ' ';
    to = put(to, p->time);
    *to++ = '\n';
    return to;
}
