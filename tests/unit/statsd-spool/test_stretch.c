/* Of what stretch_end takes, every line ends in the interval's time, and none ends the interval;
 * compared with a reading byte by byte over lines of chance. */
#include "stretch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "chance.h"
#include "format/aggregate.h"
#include "tap.h"

enum { LINES_MOST = 200, LINE_ROOM = 400 };

static const char *const times[] = { "1700000010", "1700000010.500",  "1700000",
                                     "170000",     "99999999999.999", "-170000000" };

/* True if the line may be taken. Lines that may are left now and then: their value is long. */
static bool is_takable(const char *line, size_t length, struct span time)
{
    struct aggregate a;
    struct span text = { line, length }, culprit;
    if (!stretch_ends(&text, time))
        return false;
    return aggregate_parse(line, length, &a, &culprit) != AGGREGATE_OK || !aggregate_ends_interval(&a);
}

static size_t put_line(char *to, const char *time)
{
    static const char *const kinds[] = { "c\tcount", "ms\tupper_90", "own\tnumStats", "own\tlag", "g\tvalue" };
    static const char *const odd[] = { "\n",      "rubbish\n",         "\t%s\n",
                                       "1\t%s\n", "numStats\t1\t%s\n", "\town\tnumStats\t\t%s\n" };
    const char *other = times[chance(6)];
    if (chance(20) == 0)
        return (size_t)snprintf(to, LINE_ROOM, odd[chance(6)], time);
    return (size_t)snprintf(to, LINE_ROOM, "%.*s\t%s\t%.*s\t%s%s\n", 1 + (int)(chance(80)),
                            "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij12345",
                            kinds[chance(40) ? chance(2) : chance(5)], 1 + (int)(chance(30)),
                            "123456789012345.678901234567890", chance(40) ? time : other, chance(100) ? "" : "\r");
}

/* Every line up to `to` may be taken, and the first after it that was left has a reason. */
static bool is_right(const char *from, const char *to, const char *end, struct span time, size_t max_line,
                     uint64_t count)
{
    uint64_t lines = 0;
    const char *line = from;
    for (const char *newline; line < to; line = newline + 1, lines++) {
        newline = memchr(line, '\n', (size_t)(to - line));
        if (!newline || !is_takable(line, (size_t)(newline - line), time) || (size_t)(newline - line) > max_line)
            return false;
    }
    const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
    bool is_plain = newline && is_takable(line, (size_t)(newline - line), time) &&
                    (size_t)(newline - line) <= max_line && time.length >= 7 && time.length <= 15;
    const char *value = is_plain ? newline - time.length - 1 : NULL;
    bool is_left = is_plain && value - line > 20 && memchr(value - 16, '\t', 16) && !memmem(line, 30, "numStats", 8);
    return line == to && lines == count && !is_left;
}

static bool try_one(char *text)
{
    const char *time = times[chance(6)];
    struct span time_text = { time, strlen(time) };
    struct stretch_time t = stretch_time(time_text);
    size_t lines = chance(LINES_MOST), length = 0, max_line = chance(2) ? 65536 : 60;
    for (size_t i = 0; i < lines; i++)
        length += put_line(text + length, time);
    if (length && chance(2))
        length -= chance(length < 50 ? length : 50);
    uint64_t count = 0;
    /* What follows the end must not be looked at. */
    memset(text + length, '\n', STRETCH_SLACK);
    const char *to = stretch_end(&t, text, text + length, max_line, &count);
    return is_right(text, to, text + length, time_text, max_line, count) && (t.length || to == text);
}

int main(void)
{
    char *buffer = xcalloc(LINES_MOST * LINE_ROOM + 2 * STRETCH_SLACK, 1);
    bool is_right_always = true;
    for (int i = 0; i < 20000 && is_right_always; i++)
        is_right_always = try_one(buffer + STRETCH_SLACK);
    tap_ok(is_right_always, "what is taken in one stretch is right");
    char *text = buffer + STRETCH_SLACK;
    uint64_t count = 0;
    size_t length = (size_t)sprintf(text, "a\tc\tcount\t1\t1700000010\nb\tc\tcount\t2\t1700000010\n");
    struct stretch_time t = stretch_time(SPAN("1700000010"));
    tap_ok(stretch_end(&t, text, text + length, 100, &count) == text + length && count == 2, "two rows are taken");
    free(buffer);
    return tap_done();
}
