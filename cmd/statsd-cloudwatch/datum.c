#include "datum.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "format/columns.h"
#include "format/json.h"

/* More than what is neither series nor statistic nor value. */
enum { FRAME = 512, EACH_DIMENSION = 32, NAMESPACE_MAX = 255 };

static const double value_most = 0x1p360;

void data_init(struct data *d, bool has_resolution)
{
    *d = (struct data){ .has_resolution = has_resolution };
    parts_init(&d->parts);
}

void data_free(struct data *d)
{
    parts_free(&d->parts);
}

const char *data_namespace_fault(const char *name)
{
    size_t length = strlen(name);
    if (!length || length > NAMESPACE_MAX)
        return "expected 1 to 255 bytes";
    if (strspn(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_/#: ") != length)
        return "expected letters, digits, and . - _ / # : or blanks";
    if (*name == ':' || strncmp(name, "AWS/", 4) == 0)
        return "expected a name that does not begin with : or AWS/";
    return strspn(name, " ") == length ? "expected more than blanks" : NULL;
}

/* --- what a point has ------------------------------------------------------------------------- */

static const struct span *find(const struct point *p, const char *statistic)
{
    for (size_t i = p->count; i > 0; i--)
        if (span_is(p->values[i - 1].statistic, statistic))
            return &p->values[i - 1].value;
    return NULL;
}

static double number_of(const struct span *text)
{
    double value = 0;
    if (text)
        number_parse(text->text, text->length, &value);
    return value;
}

/* `upper_90`, `lower_top10` */
static bool is_percentile(const struct point_value *v)
{
    return v->statistic.length > 6 &&
           (memcmp(v->statistic.text, "upper_", 6) == 0 || memcmp(v->statistic.text, "lower_", 6) == 0);
}

bool data_lacks_statistics(const struct point *p)
{
    return p->type == AGGREGATE_TIMER && number_of(find(p, "count")) > 0 &&
           !(find(p, "mean") && find(p, "lower") && find(p, "upper"));
}

bool data_check(const struct point *p, int64_t now, struct rows_refusal *refused)
{
    *refused = (struct rows_refusal){ .what = "time", .culprit = p->time_text };
    if (p->time < now - (int64_t)DATUM_PAST * 1000)
        refused->why = "CloudWatch takes nothing older than two weeks";
    else if (p->time > now + (int64_t)DATUM_AHEAD * 1000)
        refused->why = "CloudWatch takes nothing more than two hours ahead";
    for (size_t i = 0; i < p->count && !refused->why; i++)
        if (fabs(number_of(&p->values[i].value)) > value_most)
            *refused = (struct rows_refusal){ .what = "value",
                                              .culprit = p->values[i].value,
                                              .why = "CloudWatch takes nothing beyond 2^360" };
    return !refused->why;
}

size_t data_begin(struct data *d, const struct point *p)
{
    parts_split(&d->parts, p->series);
    return p->type == AGGREGATE_OWN ? p->count : p->type == AGGREGATE_TIMER ? 1 + p->count : 1;
}

size_t data_size(const struct point *p)
{
    size_t size = FRAME + (JSON_EACH + EACH_DIMENSION) * p->series.length, most = 0;
    for (size_t i = 0; i < p->count; i++) {
        size_t each = (JSON_EACH + 1) * p->values[i].statistic.length + p->values[i].value.length;
        most = each > most ? each : most;
    }
    return size + 4 * (most + NUMBER_TEXT_MAX);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static inline char *put(char *to, const char *text, size_t length)
{
    memcpy(to, text, length);
    return to + length;
}

#define PUT(to, literal) put(to, literal, sizeof(literal) - 1)

/* Writes what AWS takes of a text, without quotes: printable ASCII, and `_` for every other byte,
 * for a `:` at the beginning, and for the first of blanks alone. */
static char *put_clean(char *to, struct span text)
{
    bool is_blank = true;
    for (size_t i = 0; i < text.length; i++)
        is_blank &= text.text[i] == ' ';
    for (size_t i = 0; i < text.length; i++) {
        char c = text.text[i];
        if (c < ' ' || c > '~' || (i == 0 && (is_blank || c == ':')))
            c = '_';
        if (c == '"' || c == '\\')
            *to++ = '\\';
        *to++ = c;
    }
    return to;
}

static char *put_dimensions(char *to, const struct parts *parts)
{
    size_t count = parts->count < DATUM_DIMENSIONS ? parts->count : DATUM_DIMENSIONS;
    if (!count)
        return to;
    to = PUT(to, ",\"Dimensions\":[");
    for (size_t i = 0; i < count; i++) {
        to = PUT(to, "{\"Name\":\"");
        to = put_clean(to, parts->tags[i].key);
        to = PUT(to, "\",\"Value\":\"");
        to = put_clean(to, parts->tags[i].value);
        to = PUT(to, "\"},");
    }
    to[-1] = ']';
    return to;
}

static char *put_statistic(char *to, struct span statistic)
{
    char *plain = to + 2 * statistic.length + 1;
    *to++ = '.';
    return put_clean(to, span_between(plain, columns_unescape(plain, statistic)));
}

static char *put_value(char *to, const struct span *value)
{
    to = PUT(to, ",\"Value\":");
    return number_put(to, value->text, value->length);
}

/* The sum has been made that of the count's samples (format/populations.h). */
static char *put_set(char *to, const struct point *p)
{
    const struct span *count = find(p, "count"), *sum = find(p, "sum"), *lower = find(p, "lower"),
                      *upper = find(p, "upper");
    to = PUT(to, ",\"StatisticValues\":{\"SampleCount\":");
    to = number_put(to, count->text, count->length);
    to = PUT(to, ",\"Sum\":");
    if (sum)
        to = number_put(to, sum->text, sum->length);
    else
        to += number_format(number_of(find(p, "mean")) * number_of(count), to);
    to = PUT(to, ",\"Minimum\":");
    to = number_put(to, lower->text, lower->length);
    to = PUT(to, ",\"Maximum\":");
    to = number_put(to, upper->text, upper->length);
    *to++ = '}';
    return to;
}

/* The number that the metric is of: of a timer's first, NULL. */
static const struct point_value *value_at(const struct point *p, size_t index)
{
    switch (p->type) {
    case AGGREGATE_TIMER: return index ? &p->values[index - 1] : NULL;
    case AGGREGATE_OWN: return &p->values[index];
    default: break;
    }
    const struct span *value = find(p, p->type == AGGREGATE_GAUGE ? "value" : "count");
    for (size_t i = 0; value && i < p->count; i++)
        if (&p->values[i].value == value)
            return &p->values[i];
    return NULL;
}

char *data_write(struct data *d, char *to, const struct point *p, size_t index)
{
    char *start = to;
    const struct point_value *v = value_at(p, index);
    bool is_set = p->type == AGGREGATE_TIMER && index == 0, is_percentile_of = p->type == AGGREGATE_TIMER && index;
    if (is_set ? !(number_of(find(p, "count")) > 0) : (!v || (is_percentile_of && !is_percentile(v))))
        return start;
    to = PUT(to, "{\"MetricName\":\"");
    to = put_clean(to, d->parts.name);
    if (is_percentile_of || p->type == AGGREGATE_OWN)
        to = put_statistic(to, v->statistic);
    *to++ = '"';
    to = put_dimensions(to, &d->parts);
    to = PUT(to, ",\"Timestamp\":");
    to += clock_format(p->time, to);
    to = is_set ? put_set(to, p) : put_value(to, &v->value);
    if (d->has_resolution)
        to = PUT(to, ",\"StorageResolution\":1");
    return PUT(to, "}\n");
}
