#include "protocol.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "format/columns.h"
#include "format/statistics.h"

/* How a byte is written, as bits. */
enum class {
    ESCAPED_IN_NAME = 1, /* after a backslash, in a measurement */
    ESCAPED = 2,         /* the same in a key or a tag's value */
    ALTERED = 4,
    BACKSLASH = 8,
};

/* clang-format off */
#define A ALTERED
static const unsigned char classes[256] = {
    A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
    [' '] = ESCAPED_IN_NAME | ESCAPED, [','] = ESCAPED_IN_NAME | ESCAPED, ['='] = ESCAPED,
    ['\\'] = BACKSLASH, [127] = A,
};
#undef A
/* clang-format on */

static const char *const types[AGGREGATE_TYPES] = {
    [AGGREGATE_COUNTER] = "counter", [AGGREGATE_TIMER] = "timer", [AGGREGATE_GAUGE] = "gauge",
    [AGGREGATE_SET] = "set",         [AGGREGATE_OWN] = "own",
};

static const struct span type_key = { "metric_type", 11 }, name_key = { "name", 4 };

/* Keys that servers reject or drop, and our own. VictoriaMetrics takes __name__ for the
 * measurement. */
static const struct span reserved[] = {
    { "metric_type", 11 }, { "time", 4 }, { "_field", 6 }, { "_measurement", 12 }, { "__name__", 8 }, { "name", 4 },
};
enum { RESERVED = sizeof reserved / sizeof *reserved };

enum { TYPE_MOST = 32, TIME_MOST = 40, BETWEEN = 4 };

void protocol_init(struct protocol *p, struct span measurement)
{
    *p = (struct protocol){ .measurement = measurement };
    parts_init(&p->parts);
}

void protocol_free(struct protocol *p)
{
    parts_free(&p->parts);
    free(p->keys);
}

size_t protocol_size(const struct protocol *p, const struct point *point)
{
    size_t size = 2 * (p->measurement.length + point->series.length) + TYPE_MOST + TIME_MOST;
    size += point->series.length * BETWEEN; /* each tag adds at most two `_` to renamed keys */
    for (size_t i = 0; i < point->count; i++)
        size += 2 * point->values[i].statistic.length + point->values[i].value.length + NUMBER_TEXT_MAX + BETWEEN;
    return size;
}

/* --- words ------------------------------------------------------------------------------------ */

/* True if a backslash stays one: what follows is not escaped and no other backslash. */
static bool is_plain_after(const char *next, const char *end)
{
    return next < end && !(classes[(unsigned char)*next] & (ESCAPED | BACKSLASH));
}

static char *put_odd(char *to, const char *from, const char *end, unsigned escaped)
{
    for (; from < end; from++) {
        unsigned class = classes[(unsigned char)*from];
        if (class & ALTERED || (class & BACKSLASH && !is_plain_after(from + 1, end))) {
            *to++ = '_';
            continue;
        }
        if (class & escaped)
            *to++ = '\\';
        *to++ = *from;
    }
    return to;
}

/* Writes a word in which the bytes of the class `escaped` are escaped. */
static inline char *put(char *to, struct span word, unsigned escaped)
{
    const char *from = word.text, *end = from + word.length;
    for (; from < end; from++) {
        if (classes[(unsigned char)*from] & (escaped | ALTERED | BACKSLASH))
            return put_odd(to, from, end, escaped);
        *to++ = *from;
    }
    return to;
}

static char *put_name(char *to, struct span name)
{
    char *start = to;
    to = put(to, name, ESCAPED_IN_NAME);
    if (*start == '#')
        *start = '_';
    return to;
}

static inline char *put_tag(char *to, struct span key, struct span value)
{
    *to++ = ',';
    to = put(to, key, ESCAPED);
    *to++ = '=';
    return put(to, value, ESCAPED);
}

/* --- a line ----------------------------------------------------------------------------------- */

/* Statistics are reserved too: InfluxDB 3 rejects a tag that has the key of a field. */
static bool is_reserved(const struct protocol *p, struct span key)
{
    for (size_t i = 0; i < RESERVED - !p->measurement.length; i++)
        if (span_equal(key, reserved[i]))
            return true;
    return aggregate_family_has(key);
}

static void rename_tags(struct protocol *p)
{
    struct parts *parts = &p->parts;
    size_t size = 3 * (parts->count + 1); /* every second `_` of a key needs a tag that has one fewer */
    for (size_t i = 0; i < parts->count; i++)
        size += parts->tags[i].key.length;
    if (size > p->keys_capacity) {
        p->keys_capacity = 2 * size;
        p->keys = xreallocarray(p->keys, p->keys_capacity, 1);
    }
    char *key = p->keys;
    for (size_t i = 0; i < parts->count; i++)
        if (is_reserved(p, parts->tags[i].key)) {
            parts_rename(parts, parts->tags[i].key, key);
            key += parts->tags[i].key.length;
        }
}

static inline bool precedes(struct span a, struct span b)
{
    int order = memcmp(a.text, b.text, a.length < b.length ? a.length : b.length);
    return order < 0 || (order == 0 && a.length < b.length);
}

/* Servers like tags in the order of their keys. */
static char *put_tags(struct protocol *p, char *to, enum aggregate_type type)
{
    struct parts_tag own[2] = { { type_key, { types[type], strlen(types[type]) } }, { name_key, p->parts.name } };
    size_t next = 0, count = p->measurement.length ? 2 : 1;
    for (size_t i = 0; i < p->parts.count; i++)
        if (is_reserved(p, p->parts.tags[i].key)) {
            rename_tags(p);
            break;
        }
    for (size_t i = 0; i < p->parts.count; i++) {
        const struct parts_tag *tag = &p->parts.tags[i];
        for (; next < count && precedes(own[next].key, tag->key); next++)
            to = put_tag(to, own[next].key, own[next].value);
        to = put_tag(to, tag->key, tag->value);
    }
    for (; next < count; next++)
        to = put_tag(to, own[next].key, own[next].value);
    return to;
}

/* A server drops the field `time` without a word. */
static char *put_field(char *to, const struct point_value *value)
{
    if (span_is(value->statistic, "time"))
        *to++ = '_';
    if (memchr(value->statistic.text, '\\', value->statistic.length)) {
        char *plain = to + value->statistic.length; /* unescaped there, then escaped to where it belongs */
        to = put(to, span_between(plain, columns_unescape(plain, value->statistic)), ESCAPED);
    } else {
        to = put(to, value->statistic, ESCAPED);
    }
    *to++ = '=';
    return number_put(to, value->value.text, value->value.length);
}

static char *put_time(char *to, int64_t milliseconds)
{
    uint64_t size = milliseconds < 0 ? 0 - (uint64_t)milliseconds : (uint64_t)milliseconds;
    if (milliseconds < 0)
        *to++ = '-';
    to += number_format_uint(size, to);
    if (size) {
        memcpy(to, "000000", 6);
        to += 6;
    }
    return to;
}

char *protocol_write(struct protocol *p, char *to, const struct point *point)
{
    parts_split(&p->parts, point->series);
    to = put_name(to, p->measurement.length ? p->measurement : p->parts.name);
    to = put_tags(p, to, point->type);
    char between = ' ';
    for (size_t i = 0; i < point->count; i++) {
        *to++ = between;
        to = put_field(to, &point->values[i]);
        between = ',';
    }
    *to++ = ' ';
    to = put_time(to, point->time);
    *to++ = '\n';
    return to;
}
