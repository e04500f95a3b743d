#include "run/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "run/fields.h"

/* No partition lives longer: 30,000 years. */
#define LOG_TIME_MAX INT64_C(1000000000000000)

void log_clock_init(struct log_clock *c, int64_t timeout)
{
    *c = (struct log_clock){ .timeout = timeout, .time = LOG_CLOCK_NONE, .appended = LOG_CLOCK_NONE };
}

void log_clock_free(struct log_clock *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->sources[i].name);
    free(c->sources);
    c->sources = NULL;
    c->count = c->capacity = 0;
}

bool log_source_name_is_good(struct span name)
{
    for (size_t i = 0; i < name.length; i++)
        if ((unsigned char)name.text[i] < ' ' || name.text[i] == 0x7f)
            return false;
    return name.length > 0 && name.length <= LOG_SOURCE_NAME_MAX;
}

/* --- sources ---------------------------------------------------------------------------------- */

static struct log_source *find_source(const struct log_clock *c, struct span name)
{
    for (size_t i = 0; i < c->count; i++)
        if (span_equal((struct span){ c->sources[i].name, c->sources[i].length }, name))
            return &c->sources[i];
    return NULL;
}

static struct log_source *add_source(struct log_clock *c, struct span name)
{
    if (c->count == c->capacity) {
        c->capacity = 2 * c->capacity + 8;
        c->sources = xreallocarray(c->sources, c->capacity, sizeof *c->sources);
    }
    c->sources[c->count] = (struct log_source){ .mark = LOG_CLOCK_NONE,
                                                .behind = LOG_CLOCK_NONE,
                                                .name = xstrndup(name.text, name.length),
                                                .length = name.length };
    return &c->sources[c->count++];
}

/* The order of the sources is of no meaning. */
static void remove_source(struct log_clock *c, struct log_source *source)
{
    free(source->name);
    *source = c->sources[--c->count];
}

static bool is_heard(const struct log_clock *c, const struct log_source *source)
{
    return c->log_time - source->heard <= c->timeout;
}

static bool is_too_far_behind(const struct log_clock *c, const struct log_source *source)
{
    return source->behind != LOG_CLOCK_NONE && c->log_time - source->behind >= c->timeout;
}

static void look_at_sources(struct log_clock *c)
{
    for (size_t i = c->count; i-- > 0;) {
        struct log_source *source = &c->sources[i];
        if (c->log_time - source->heard > LOG_CLOCK_FORGETS_AFTER * c->timeout) {
            remove_source(c, source);
            continue;
        }
        if (c->appended - source->mark <= c->timeout)
            source->behind = LOG_CLOCK_NONE;
        else if (source->behind == LOG_CLOCK_NONE)
            source->behind = c->log_time;
    }
}

/* A silent source is not odd: its mark grows old by itself. */
static void judge(struct log_clock *c, struct log_source *source, int64_t appended)
{
    source->off = source->mark - appended;
    source->is_odd = source->off > c->timeout || is_too_far_behind(c, source);
}

const struct log_source *log_clock_odd(struct log_clock *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->sources[i].is_odd && !c->sources[i].is_named) {
            c->sources[i].is_named = true;
            return &c->sources[i];
        }
    return NULL;
}

/* --- the clock -------------------------------------------------------------------------------- */

static void advance_log_time(struct log_clock *c, int64_t appended)
{
    if (c->appended == LOG_CLOCK_NONE)
        c->appended = appended;
    if (appended <= c->appended)
        return;
    int64_t pause = appended - c->appended, most = c->timeout / 2;
    c->log_time += pause < most ? pause : most;
    c->appended = appended;
}

/* The least mark of the sources waited for, or LOG_CLOCK_NONE. */
static int64_t least_mark(const struct log_clock *c)
{
    int64_t least = INT64_MAX, least_heard = INT64_MAX;
    for (size_t i = 0; i < c->count; i++) {
        const struct log_source *source = &c->sources[i];
        if (!is_heard(c, source))
            continue;
        if (source->mark < least_heard)
            least_heard = source->mark;
        if (!is_too_far_behind(c, source) && source->mark < least)
            least = source->mark;
    }
    if (least == INT64_MAX)
        least = least_heard;
    return least == INT64_MAX ? LOG_CLOCK_NONE : least;
}

static bool raise(struct log_clock *c, int64_t appended)
{
    int64_t least = least_mark(c);
    if (least > appended)
        least = appended;
    if (least <= c->time)
        return false;
    c->time = least;
    return true;
}

bool log_clock_take(struct log_clock *c, const struct log_message *message)
{
    advance_log_time(c, message->appended);
    struct log_source *source = message->has_source ? find_source(c, message->source) : NULL;
    if (message->has_source && !source)
        source = add_source(c, message->source);
    if (source) {
        source->heard = c->log_time;
        if (message->mark > source->mark)
            source->mark = message->mark;
    }
    look_at_sources(c);
    if (source && (source = find_source(c, message->source)) != NULL)
        judge(c, source, message->appended);
    bool is_raised = raise(c, message->appended);
    if (source && message->is_end) {
        remove_source(c, source);
        is_raised |= raise(c, message->appended);
    }
    return is_raised;
}

/* --- as text ---------------------------------------------------------------------------------- */

static void put_time(struct text *to, const char *name, int64_t time)
{
    text_put_string(to, name);
    text_put_byte(to, '\t');
    if (time == LOG_CLOCK_NONE)
        text_put_string(to, "none");
    else
        text_added(to, clock_format_millis(time, text_room(to, CLOCK_TEXT_MAX)));
}

static void put_number(struct text *to, const char *name, int64_t number)
{
    enum { MOST = 64 };
    text_added(to, (size_t)snprintf(text_room(to, MOST), MOST, "%s\t%" PRId64, name, number));
}

void log_clock_write(const struct log_clock *c, struct text *to)
{
    put_time(to, "clock", c->time);
    put_number(to, "\nlog", c->log_time);
    put_time(to, "\nappended", c->appended);
    text_put_byte(to, '\n');
    for (size_t i = 0; i < c->count; i++) {
        const struct log_source *source = &c->sources[i];
        put_time(to, "source", source->mark);
        put_number(to, "", source->heard);
        if (source->behind == LOG_CLOCK_NONE)
            text_put_string(to, "\tnone");
        else
            put_number(to, "", source->behind);
        put_number(to, "", source->is_named);
        text_put_byte(to, '\t');
        text_put(to, (struct span){ source->name, source->length });
        text_put_byte(to, '\n');
    }
}

static bool read_source(struct log_clock *c, struct span line)
{
    enum { MARK, HEARD, BEHIND, NAMED, NAME, FIELDS };
    struct span fields[FIELDS];
    int64_t mark, heard, behind = LOG_CLOCK_NONE, named;
    for (int i = 0; i < FIELDS; i++)
        if (!field_next(&line, '\t', &fields[i]))
            return false;
    if (line.text || !field_time(fields[MARK], &mark) || mark == FIELD_NO_TIME ||
        !field_number(fields[HEARD], &heard) || heard > c->log_time || !field_number(fields[NAMED], &named) ||
        named > 1 || !log_source_name_is_good(fields[NAME]) || find_source(c, fields[NAME]))
        return false;
    if (!span_is(fields[BEHIND], "none") && (!field_number(fields[BEHIND], &behind) || behind > c->log_time))
        return false;
    struct log_source *source = add_source(c, fields[NAME]);
    source->mark = mark;
    source->heard = heard;
    source->behind = behind;
    source->is_named = named;
    return true;
}

bool log_clock_read(struct log_clock *c, struct span text)
{
    struct span line, value;
    if (!field_next(&text, '\n', &line) || !field_after(line, "clock\t", &value) || !field_time(value, &c->time) ||
        !field_next(&text, '\n', &line) || !field_after(line, "log\t", &value) || !field_number(value, &c->log_time) ||
        !field_next(&text, '\n', &line) || !field_after(line, "appended\t", &value) || !field_time(value, &c->appended))
        return false;
    if (c->log_time > LOG_TIME_MAX)
        return false;
    while (field_next(&text, '\n', &line) && text.text)
        if (!field_after(line, "source\t", &value) || !read_source(c, value))
            return false;
    return line.length == 0;
}
