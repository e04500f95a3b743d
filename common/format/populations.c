#include "format/populations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static const struct span histogram = { "histogram", 9 };

bool populations_agree(double count, double mean, double sum)
{
    const double tolerance = 1e-9; /* more than rounding can make of mean × count */
    return fabs(mean * count - sum) <= tolerance * fabs(sum);
}

double populations_factor(double count, double samples)
{
    return samples > 0 && samples != count ? count / samples : 1;
}

void populations_init(struct populations *p, const struct points_owner *owner, void *self)
{
    *p = (struct populations){ .owner = owner, .self = self };
}

void populations_free(struct populations *p)
{
    free(p->timer);
    free(p->values);
    free(p->texts);
    free(p->bytes);
    free(p->bins);
}

static void make_room(char **bytes, size_t *capacity, size_t size)
{
    if (size <= *capacity)
        return;
    *capacity = 2 * size;
    *bytes = xreallocarray(*bytes, *capacity, 1);
}

static double number_of(struct span text)
{
    double value = 0;
    number_parse(text.text, text.length, &value);
    return value;
}

/* Numbers that no longer fit a double stay as they are. */
static struct span scaled(struct span text, double factor, char *room)
{
    double value = number_of(text) * factor;
    return isfinite(value) ? (struct span){ room, number_format(value, room) } : text;
}

/* --- a timer ---------------------------------------------------------------------------------- */

struct summary {
    const struct span *count, *sum, *mean;
    bool has_bins;
};

static struct summary summarise(const struct point *point)
{
    struct summary s = { NULL, NULL, NULL, false };
    for (size_t i = 0; i < point->count; i++) {
        struct span name = point->values[i].statistic;
        const struct span *value = &point->values[i].value;
        if (name.length == 5 && memcmp(name.text, "count", 5) == 0)
            s.count = value;
        else if (name.length == 3 && memcmp(name.text, "sum", 3) == 0)
            s.sum = value;
        else if (name.length == 4 && memcmp(name.text, "mean", 4) == 0)
            s.mean = value;
        else if (name.length > histogram.length && memcmp(name.text, histogram.text, histogram.length) == 0)
            s.has_bins = true;
    }
    return s;
}

/* The number of samples of plain bins: each is in one of them, if the last has no limit. */
static double samples_in_bins(const struct point *point)
{
    double samples = 0;
    bool is_complete = false;
    for (size_t i = 0; i < point->count; i++) {
        struct span name = point->values[i].statistic;
        if (name.length <= histogram.length || memcmp(name.text, histogram.text, histogram.length) != 0)
            continue;
        samples += number_of(point->values[i].value);
        is_complete |= span_is(name, "histogram.bin_inf");
    }
    return is_complete ? samples : 0;
}

static void change(struct populations *p, const struct point *point, double sum)
{
    if (point->count > p->value_capacity) {
        p->value_capacity = 2 * point->count;
        p->values = xreallocarray(p->values, p->value_capacity, sizeof *p->values);
        p->texts = xreallocarray(p->texts, p->value_capacity, NUMBER_TEXT_MAX);
    }
    double factor = populations_factor(p->count, p->samples);
    for (size_t i = 0; i < point->count; i++) {
        struct point_value value = point->values[i];
        char *room = p->texts + i * NUMBER_TEXT_MAX;
        if (span_is(value.statistic, "sum"))
            value.value = (struct span){ room, number_format(sum, room) };
        else if (value.statistic.length > histogram.length &&
                 memcmp(value.statistic.text, histogram.text, histogram.length) == 0)
            value.value = scaled(value.value, factor, room);
        p->values[i] = value;
    }
    struct point changed = *point;
    changed.values = p->values;
    p->owner->point(p->self, &changed);
}

static void note_timer(struct populations *p, struct span series)
{
    make_room(&p->timer, &p->timer_capacity, series.length + 1);
    memcpy(p->timer, series.text, series.length);
    p->timer_length = series.length;
}

static void take_timer(struct populations *p, const struct point *point)
{
    struct summary s = summarise(point);
    p->count = s.count ? number_of(*s.count) : 0;
    p->samples = 0;
    note_timer(p, point->series);
    if (!s.count || !s.sum || !s.mean) {
        p->lacks_mean |= s.count && s.sum;
        p->owner->point(p->self, point);
        return;
    }
    double sum = number_of(*s.sum), mean = number_of(*s.mean), whole = mean * p->count;
    if (mean != 0 && populations_agree(p->count, mean, sum))
        p->samples = p->count;
    else if (mean != 0)
        p->samples = round(sum / mean);
    else if (s.has_bins)
        p->samples = samples_in_bins(point);
    if ((p->samples > 0 && p->samples != p->count) && isfinite(whole))
        change(p, point, whole);
    else
        p->owner->point(p->self, point);
}

/* --- cumulative bins -------------------------------------------------------------------------- */

/* The series without its tag `le`, if it is that of a bin of the last timer. */
static bool is_bin_of_timer(const struct populations *p, struct span series)
{
    const char *end = series.text + series.length, *tag = memchr(series.text, ';', series.length);
    for (; tag && end - tag > 4; tag = memchr(tag + 1, ';', (size_t)(end - tag - 1))) {
        if (memcmp(tag, ";le=", 4) != 0)
            continue;
        const char *next = memchr(tag + 1, ';', (size_t)(end - tag - 1));
        size_t before = (size_t)(tag - series.text), after = next ? (size_t)(end - next) : 0;
        return before + after == p->timer_length && memcmp(p->timer, series.text, before) == 0 &&
               (after == 0 || memcmp(p->timer + before, next, after) == 0);
    }
    return false;
}

static void hand_over_bin(struct populations *p, const struct point *point, double factor)
{
    char text[NUMBER_TEXT_MAX];
    struct point_value value = point->values[0];
    value.value = scaled(value.value, factor, text);
    struct point bin = *point;
    bin.values = &value;
    p->owner->point(p->self, &bin);
}

static void hold_bin(struct populations *p, const struct point *point)
{
    struct span value = point->values[0].value;
    make_room(&p->bytes, &p->bytes_capacity, p->bytes_length + point->series.length + value.length);
    if (p->bin_count == p->bin_capacity) {
        p->bin_capacity = 2 * p->bin_capacity + 16;
        p->bins = xreallocarray(p->bins, p->bin_capacity, sizeof *p->bins);
    }
    p->bins[p->bin_count++] = (struct population_bin){ p->bytes_length, point->series.length, value.length };
    memcpy(p->bytes + p->bytes_length, point->series.text, point->series.length);
    p->bytes_length += point->series.length;
    memcpy(p->bytes + p->bytes_length, value.text, value.length);
    p->bytes_length += value.length;
    p->held = *point;
    memcpy(p->time_text, point->time_text.text, point->time_text.length);
    p->held.time_text.text = p->time_text;
}

/* The last bin has all samples. */
static void hand_over_held(struct populations *p)
{
    size_t count = p->bin_count;
    if (!count)
        return;
    p->bin_count = 0;
    const struct population_bin *last = &p->bins[count - 1];
    double samples = number_of((struct span){ p->bytes + last->series + last->series_length, last->value_length });
    for (size_t i = 0; i < count; i++) {
        const struct population_bin *bin = &p->bins[i];
        const char *series = p->bytes + bin->series;
        struct point_value value = { histogram, { series + bin->series_length, bin->value_length } };
        struct point point = p->held;
        point.series = (struct span){ series, bin->series_length };
        point.values = &value;
        point.count = 1;
        hand_over_bin(p, &point, populations_factor(p->count, samples));
    }
    p->bytes_length = 0;
}

static void take_bin(struct populations *p, const struct point *point)
{
    if (p->samples > 0 && p->samples != p->count)
        hand_over_bin(p, point, populations_factor(p->count, p->samples));
    else if (p->samples > 0 || !(p->count > 0))
        p->owner->point(p->self, point);
    else
        hold_bin(p, point);
}

/* --- the owner of points ---------------------------------------------------------------------- */

static void take_point(void *self, const struct point *point)
{
    struct populations *p = self;
    if (point->type == AGGREGATE_TIMER && point->count == 1 && span_equal(point->values[0].statistic, histogram) &&
        is_bin_of_timer(p, point->series)) {
        take_bin(p, point);
        return;
    }
    hand_over_held(p);
    if (point->type == AGGREGATE_TIMER) {
        take_timer(p, point);
    } else {
        p->timer_length = 0;
        p->owner->point(p->self, point);
    }
}

static void take_end(void *self, int64_t time)
{
    struct populations *p = self;
    hand_over_held(p);
    p->timer_length = 0;
    if (p->owner->end)
        p->owner->end(p->self, time);
}

const struct points_owner populations_owner = { .point = take_point, .end = take_end };
