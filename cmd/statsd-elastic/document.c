#include "document.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/number.h"
#include "format/columns.h"
#include "format/json.h"

static const char *const types[AGGREGATE_TYPES] = {
    [AGGREGATE_COUNTER] = "counter", [AGGREGATE_TIMER] = "timer", [AGGREGATE_GAUGE] = "gauge",
    [AGGREGATE_SET] = "set",         [AGGREGATE_OWN] = "own",
};

/* More than what is neither series nor statistic nor value. */
enum { FRAME = DOCUMENT_INDEX_MAX + 256 };

void documents_init(struct documents *d, const char *index, bool is_stream)
{
    *d = (struct documents){ .index = index, .is_stream = is_stream };
    parts_init(&d->parts);
}

void documents_free(struct documents *d)
{
    parts_free(&d->parts);
}

size_t documents_size(const struct point *p)
{
    /* A tag has six bytes besides, and its series two. */
    size_t size = FRAME + (JSON_EACH + 4) * p->series.length;
    for (size_t i = 0; i < p->count; i++)
        size += (JSON_EACH + 1) * p->values[i].statistic.length + p->values[i].value.length + NUMBER_TEXT_MAX + 16;
    return size;
}

/* --- the index and the time ------------------------------------------------------------------- */

static struct tm utc(int64_t milliseconds)
{
    time_t seconds = (time_t)(milliseconds / 1000 - (milliseconds % 1000 < 0));
    struct tm tm;
    if (!gmtime_r(&seconds, &tm))
        tm = (struct tm){ .tm_mday = 1 };
    return tm;
}

/* The name of the index, of at most DOCUMENT_INDEX_MAX bytes with its NUL; 0 if it has more. */
static size_t write_index(const char *format, bool is_stream, const struct tm *tm, char *index)
{
    if (is_stream)
        return (size_t)snprintf(index, DOCUMENT_INDEX_MAX, "%s", format);
    return strftime(index, DOCUMENT_INDEX_MAX, format, tm);
}

const char *document_index_fault(const char *index, bool is_stream)
{
    char name[DOCUMENT_INDEX_MAX];
    struct tm tm = utc(1700000000000);
    size_t length = strlen(index) < DOCUMENT_INDEX_MAX / 2 ? write_index(index, is_stream, &tm, name) : 0;
    if (!length)
        return "expected a name of 1 to 127 bytes";
    if (strchr("-_+.", name[0]))
        return "expected a name that begins with a letter or a digit";
    for (const char *c = name; *c; c++)
        if ((*c >= 'A' && *c <= 'Z') || (unsigned char)*c <= ' ' || (unsigned char)*c >= 127 ||
            strchr("\\/*?\"<>|,#:", *c))
            return "expected lower case letters, digits, and none of \\/*?\"<>|,#: or blanks";
    return NULL;
}

/* Years beyond four digits are for the server to refuse. */
static void set_time(struct documents *d, int64_t time)
{
    char index[DOCUMENT_INDEX_MAX];
    struct tm tm = utc(time);
    int fraction = (int)((time % 1000 + 1000) % 1000);
    write_index(d->index, d->is_stream, &tm, index);
    d->head_length = (size_t)snprintf(d->head, sizeof d->head, "{\"%s\":{\"_index\":\"%s\",\"_id\":\"",
                                      d->is_stream ? "create" : "index", index);
    d->stamp_length = (size_t)snprintf(d->stamp, sizeof d->stamp, "{\"@timestamp\":\"%04d-%02d-%02dT%02d:%02d:%02d",
                                       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    d->stamp_length += (size_t)snprintf(d->stamp + d->stamp_length, sizeof d->stamp - d->stamp_length,
                                        fraction ? ".%03dZ\"" : "Z\"", fraction);
    d->time = time;
    d->has_time = true;
}

/* --- the id ----------------------------------------------------------------------------------- */

/* Digits of pi: anything will do, as long as it never changes. */
static const struct hash_seed seeds[2] = {
    { { 0x243f6a8885a308d3, 0x13198a2e03707345, 0xa4093822299f31d1, 0x082efa98ec4e6c89 } },
    { { 0x452821e638d01377, 0xbe5466cf34e90c6d, 0xc0ac29b7c97c50dd, 0x3f84d5b5b5470917 } },
};

/* Own rows of one series can be of several programs, so their first statistic counts too. */
static char *put_id(char *to, const struct point *p)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 2; i++) {
        const struct hash_seed *seed = &seeds[i];
        uint64_t hash = hash_bytes(seed, p->series.text, p->series.length, (unsigned)p->type);
        if (p->type == AGGREGATE_OWN)
            hash ^= hash_bytes(seed, p->values[0].statistic.text, p->values[0].statistic.length, 255);
        hash = hash_fold(hash ^ seed->words[1], (uint64_t)p->time ^ seed->words[2]);
        for (int shift = 60; shift >= 0; shift -= 4)
            *to++ = digits[hash >> shift & 15];
    }
    return to;
}

/* --- the document ----------------------------------------------------------------------------- */

static inline char *put(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

static char *put_tags(char *to, const struct parts *parts)
{
    if (!parts->count)
        return to;
    to = PUT(to, ",\"tags\":{");
    for (size_t i = 0; i < parts->count; i++) {
        to = json_put_string(to, parts->tags[i].key);
        *to++ = ':';
        to = json_put_string(to, parts->tags[i].value);
        *to++ = ',';
    }
    to[-1] = '}';
    return to;
}

/* The names of the document's other members. */
static bool is_taken(struct span statistic)
{
    return span_is(statistic, "@timestamp") || span_is(statistic, "name") || span_is(statistic, "type") ||
           span_is(statistic, "tags");
}

static char *put_statistic(char *to, struct span statistic)
{
    if (span_is(statistic, "histogram"))
        return PUT(to, "\"histogram.bin\"");
    if (memchr(statistic.text, '\\', statistic.length)) {
        char *plain = to + JSON_EACH * statistic.length + JSON_QUOTES;
        statistic = span_between(plain, columns_unescape(plain, statistic));
    }
    char *start = to;
    if (is_taken(statistic))
        *to++ = '"';
    to = json_put_string(to, statistic);
    if (*start == '"' && start[1] == '"' && to > start + 2)
        start[1] = '_';
    return to;
}

/* An object can't have a member twice: of a statistic that stands there twice, the last counts. */
static bool comes_again(const struct point *p, size_t at)
{
    for (size_t i = at + 1; i < p->count; i++)
        if (span_equal(p->values[i].statistic, p->values[at].statistic))
            return true;
    return false;
}

/* Looking for repetitions is worth it only where they can be: in rows by hand, and own ones. */
enum { REPEATED_MOST = 256 };

char *documents_write(struct documents *d, char *to, const struct point *p)
{
    if (!d->has_time || p->time != d->time)
        set_time(d, p->time);
    parts_split(&d->parts, p->series);
    to = put(to, d->head, d->head_length);
    to = put_id(to, p);
    to = PUT(to, "\"}}\n");
    to = put(to, d->stamp, d->stamp_length);
    to = PUT(to, ",\"name\":");
    to = json_put_string(to, d->parts.name);
    to = PUT(to, ",\"type\":\"");
    to = put(to, types[p->type], strlen(types[p->type]));
    *to++ = '"';
    to = put_tags(to, &d->parts);
    for (size_t i = 0; i < p->count; i++) {
        if (p->count <= REPEATED_MOST && comes_again(p, i))
            continue;
        *to++ = ',';
        to = put_statistic(to, p->values[i].statistic);
        *to++ = ':';
        to = number_put(to, p->values[i].value.text, p->values[i].value.length);
    }
    return PUT(to, "}\n");
}
