#include "run/log_message.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

struct log_message message_read(const struct message_headers *headers, int64_t appended)
{
    struct log_message m = { .appended = appended };
    m.has_source = headers->source.text && headers->mark.text && log_source_name_is_good(headers->source) &&
                   clock_parse(headers->mark.text, headers->mark.length, &m.mark);
    if (m.has_source) {
        m.source = headers->source;
        m.is_end = headers->end.text != NULL;
    }
    return m;
}

int64_t message_put_lines(struct text *to, struct span payload)
{
    static const char ours[] = CLOCK_SERIES "\t";
    const char *from = payload.text, *end = from + payload.length, *look = from, *found;
    int64_t dropped = 0;
    while (look < end && (found = memmem(look, (size_t)(end - look), ours, sizeof ours - 1)) != NULL) {
        look = found + 1;
        if (found > payload.text && found[-1] != '\n')
            continue;
        const char *lf = memchr(found, '\n', (size_t)(end - found));
        text_put(to, span_between(from, found));
        from = look = lf ? lf + 1 : end;
        dropped++;
    }
    text_put(to, span_between(from, end));
    if (end > from && end[-1] != '\n')
        text_put_byte(to, '\n');
    return dropped;
}

void message_put_clock(struct text *to, int64_t time, int64_t number)
{
    enum { MOST = 128 };
    char text[CLOCK_TEXT_MAX];
    int length = (int)clock_format_millis(time, text);
    text_added(to, (size_t)snprintf(text_room(to, MOST), MOST, CLOCK_SERIES "\tg\t%" PRId64 "\t1\t%.*s\n", number,
                                    length, text));
}
