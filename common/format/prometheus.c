#include "format/prometheus.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

const char *const prometheus_suffixes[] = { "_total", "_sum", "_count", "_bucket", "_unique", "_created", NULL };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void prometheus_put_metric(struct text *t, struct span name)
{
    char *room = text_room(t, name.length + 1), *to = room;
    if (name.length && is_digit(*name.text))
        *to++ = '_';
    for (size_t i = 0; i < name.length; i++)
        *to++ = is_letter(name.text[i]) || is_digit(name.text[i]) ? name.text[i] : '_';
    text_added(t, (size_t)(to - room));
}

void prometheus_put_name(struct text *t, struct span name, enum aggregate_type type, bool in_seconds)
{
    const struct span total = SPAN("_total");
    size_t start = t->length;
    prometheus_put_metric(t, name);
    if (in_seconds)
        text_put(t, SPAN("_seconds"));
    /* A counter gets this suffix anyway. */
    if (type == AGGREGATE_COUNTER && t->length - start > total.length &&
        memcmp(t->bytes + t->length - total.length, total.text, total.length) == 0)
        t->length -= total.length;
}

void prometheus_put_key(struct text *t, struct span key)
{
    size_t start = t->length, skip = 0;
    prometheus_put_metric(t, key);
    struct span put = { t->bytes + start, t->length - start };
    while (put.length - skip > 1 && put.text[skip] == '_' && put.text[skip + 1] == '_')
        skip++;
    memmove(t->bytes + start, t->bytes + start + skip, put.length - skip);
    t->length -= skip;
    put.length -= skip;
    if (!span_is(put, "le") && !span_is(put, "quantile"))
        return;
    text_put_byte(t, '_');
    memmove(t->bytes + start + 1, t->bytes + start, put.length);
    t->bytes[start] = '_';
}

void prometheus_put_escaped(struct text *t, struct span from)
{
    char *room = text_room(t, 2 * from.length), *to = room;
    for (size_t i = 0, size; i < from.length; i += size) {
        uint32_t point;
        char c = from.text[i];
        bool is_ascii = (unsigned char)c < 0x80;
        size = is_ascii ? 1 : utf8_sequence(from.text + i, from.length - i, &point);
        if (c == '\\' || c == '"' || c == '\n')
            *to++ = '\\';
        if (is_ascii) {
            *to++ = c == '\n' ? 'n' : c;
            continue;
        }
        if (size)
            memcpy(to, from.text + i, size);
        else
            *to = '_';
        size = size ? size : 1;
        to += size;
    }
    text_added(t, (size_t)(to - room));
}

/* --- labels ----------------------------------------------------------------------------------- */

struct label {
    size_t start, length; /* of its key */
    unsigned tags;        /* that would have this key */
    const struct span *value;
};

struct labels {
    struct label *list;
    size_t count;
    struct text keys;
};

static int compare(const struct labels *l, const struct label *a, const struct label *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(l->keys.bytes + a->start, l->keys.bytes + b->start, shorter);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* Returns whether a label with this key is in the list, and where in *at, or where it belongs. */
static bool find_label(const struct labels *l, const struct label *label, size_t *at)
{
    size_t from = 0, to = l->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(l, &l->list[middle], label);
        if (order == 0) {
            *at = middle;
            return true;
        }
        *(order < 0 ? &from : &to) = order < 0 ? middle + 1 : middle;
    }
    *at = from;
    return false;
}

/* Makes a key that another tag has its own. */
static size_t distinguish(struct labels *l, struct label *label, struct label *other)
{
    size_t at, length = label->length;
    do {
        l->keys.length = label->start + length;
        text_put_byte(&l->keys, '_');
        if (++other->tags > 2)
            text_put_number(&l->keys, other->tags);
        label->length = l->keys.length - label->start;
    } while (find_label(l, label, &at));
    return at;
}

static void add_label(struct labels *l, const struct parts_tag *tag)
{
    size_t at;
    struct label label = { .start = l->keys.length, .tags = 1, .value = &tag->value };
    prometheus_put_key(&l->keys, tag->key);
    label.length = l->keys.length - label.start;
    if (find_label(l, &label, &at))
        at = distinguish(l, &label, &l->list[at]);
    memmove(&l->list[at + 1], &l->list[at], (l->count++ - at) * sizeof label);
    l->list[at] = label;
}

bool prometheus_put_labels(struct text *t, const struct parts *parts)
{
    struct label list[PROMETHEUS_LABELS_MOST];
    struct labels l = { .list = list };
    if (parts->count > PROMETHEUS_LABELS_MOST)
        return false;
    for (size_t i = 0; i < parts->count; i++)
        add_label(&l, &parts->tags[i]);
    for (size_t i = 0; i < l.count; i++) {
        if (i)
            text_put_byte(t, ',');
        text_put(t, (struct span){ l.keys.bytes + list[i].start, list[i].length });
        text_put(t, SPAN("=\""));
        prometheus_put_escaped(t, *list[i].value);
        text_put_byte(t, '"');
    }
    free(l.keys.bytes);
    return true;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* The digits of a positive number and the power of ten of the first: 0.25 is 25 and -1. */
struct decimal {
    char digits[NUMBER_TEXT_MAX];
    int count, power;
};

static struct decimal decimal_of(double value)
{
    char text[NUMBER_TEXT_MAX + 1];
    struct decimal d = { .power = -1 };
    text[number_format(value, text)] = '\0';
    bool has_point = false;
    const char *p = text;
    for (; *p && *p != 'e'; p++) {
        if (*p == '.') {
            has_point = true;
            continue;
        }
        if (d.count || *p != '0') {
            d.digits[d.count++] = *p;
            d.power += !has_point;
        } else {
            d.power -= has_point;
        }
    }
    d.power += *p == 'e' ? atoi(p + 1) : 0;
    while (d.count > 1 && d.digits[d.count - 1] == '0')
        d.count--;
    return d;
}

static void put_exponent(struct text *t, const struct decimal *d)
{
    int power = d->power < 0 ? -d->power : d->power;
    text_put_byte(t, d->digits[0]);
    if (d->count > 1) {
        text_put_byte(t, '.');
        text_put(t, (struct span){ d->digits + 1, (size_t)d->count - 1 });
    }
    text_put_string(t, d->power < 0 ? "e-" : "e+");
    if (power < 10)
        text_put_byte(t, '0');
    text_put_number(t, power);
}

void prometheus_put_limit(struct text *t, double limit)
{
    enum { POWER_LEAST = -4, POWER_MOST = 5 }; /* written without an exponent: Go's choice */
    if (limit < 0) {
        text_put_byte(t, '-');
        limit = -limit;
    } else if (isinf(limit)) {
        text_put_byte(t, '+');
    }
    if (isinf(limit)) {
        text_put_string(t, "Inf");
        return;
    }
    struct decimal d = decimal_of(limit);
    if (limit != 0 && (d.power < POWER_LEAST || d.power > POWER_MOST)) {
        put_exponent(t, &d);
        return;
    }
    size_t start = t->length;
    text_put_number(t, limit);
    if (!memchr(t->bytes + start, '.', t->length - start))
        text_put_string(t, ".0");
}
