#include "samples/sketch.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "samples/buckets.h"

struct sketch {
    uint64_t samples;
    double weight, sum, sum_squares;
    double zeros; /* their weight */
    struct buckets negative, positive;
};

/* A position numbers the buckets of both signs in rising order: 0 is zero, 1 the first positive
 * bucket, -1 the first negative one. */

static double position_value(const struct sketch *sketch, int position)
{
    if (position < 0)
        return -bucket_value(&sketch->negative, (unsigned)-position - 1);
    return position == 0 ? 0 : bucket_value(&sketch->positive, (unsigned)position - 1);
}

static double position_weight(const struct sketch *sketch, int position)
{
    if (position < 0)
        return bucket_weight(&sketch->negative, (unsigned)-position - 1);
    return position == 0 ? sketch->zeros : bucket_weight(&sketch->positive, (unsigned)position - 1);
}

static int lowest_position(const struct sketch *sketch)
{
    return -(int)(sketch->negative.first + sketch->negative.count);
}

static int highest_position(const struct sketch *sketch)
{
    return (int)(sketch->positive.first + sketch->positive.count);
}

/* Skips the buckets that are not allocated. */
static int next_position(const struct sketch *sketch, int position)
{
    if (position == 0)
        return (int)sketch->positive.first + 1;
    return position == -(int)sketch->negative.first - 1 ? 0 : position + 1;
}

struct sketch *sketch_new(void)
{
    return xcalloc(1, sizeof(struct sketch));
}

void sketch_free(struct sketch *sketch)
{
    if (sketch == NULL)
        return;
    free(sketch->negative.weights);
    free(sketch->positive.weights);
    free(sketch);
}

void sketch_add(struct sketch *sketch, double x, double weight)
{
    sketch->samples++;
    sketch->weight += weight;
    sketch->sum += weight * x;
    sketch->sum_squares += weight * (x * x);
    if (x > 0)
        buckets_add(&sketch->positive, x, weight);
    else if (x < 0)
        buckets_add(&sketch->negative, -x, weight);
    else
        sketch->zeros += weight;
}

void sketch_merge(struct sketch *sketch, const struct sketch *other)
{
    sketch->samples += other->samples;
    sketch->weight += other->weight;
    sketch->sum += other->sum;
    sketch->sum_squares += other->sum_squares;
    sketch->zeros += other->zeros;
    buckets_merge(&sketch->negative, &other->negative);
    buckets_merge(&sketch->positive, &other->positive);
}

static double lowest_sample(const struct sketch *sketch)
{
    if (sketch->negative.greatest > 0)
        return -sketch->negative.greatest;
    return sketch->zeros > 0 ? 0 : sketch->positive.least;
}

static double highest_sample(const struct sketch *sketch)
{
    if (sketch->positive.greatest > 0 || sketch->zeros > 0 || sketch->samples == 0)
        return sketch->positive.greatest;
    return -sketch->negative.least;
}

struct sketch_totals sketch_totals(const struct sketch *sketch)
{
    return (struct sketch_totals){
        .samples = sketch->samples,
        .weight = sketch->weight,
        .lower = lowest_sample(sketch),
        .upper = highest_sample(sketch),
        .sum = sketch->sum,
        .sum_squares = sketch->sum_squares,
    };
}

/* The value `in` samples into a bucket that holds `weight`. A sign's first sample in its first
 * bucket and its last sample in its last bucket are known exactly. */
static double value_inside(const struct sketch *sketch, int position, double in, double weight)
{
    if (position == 0)
        return 0;
    const struct buckets *side = position < 0 ? &sketch->negative : &sketch->positive;
    unsigned bucket = (unsigned)abs(position) - 1;
    bool first = in < 1, last = weight - in <= 1;
    double sign = position < 0 ? -1 : 1;
    if ((position < 0 ? last : first) && bucket == bucket_of(side->least))
        return sign * side->least;
    if ((position < 0 ? first : last) && bucket == bucket_of(side->greatest))
        return sign * side->greatest;
    return sign * bucket_value(side, bucket);
}

double sketch_at_rank(const struct sketch *sketch, double rank)
{
    if (rank < 1)
        return lowest_sample(sketch);
    if (rank + 1 >= sketch->weight)
        return highest_sample(sketch);
    double below = 0;
    for (int at = lowest_position(sketch); at <= highest_position(sketch); at = next_position(sketch, at)) {
        double weight = position_weight(sketch, at);
        if (below + weight > rank && weight > 0)
            return value_inside(sketch, at, rank - below, weight);
        below += weight;
    }
    return highest_sample(sketch);
}

struct sketch_sums sketch_sums_below(const struct sketch *sketch, double count)
{
    if (count >= sketch->weight)
        return (struct sketch_sums){ sketch->sum, sketch->sum_squares };
    struct sketch_sums sums = { 0, 0 };
    double left = count;
    for (int at = lowest_position(sketch); left > 0 && at <= highest_position(sketch); at = next_position(sketch, at)) {
        double weight = fmin(position_weight(sketch, at), left), value = position_value(sketch, at);
        sums.sum += weight * value;
        sums.sum_squares += weight * (value * value);
        left -= weight;
    }
    return sums;
}

double sketch_count_below(const struct sketch *sketch, double limit)
{
    if (limit > highest_sample(sketch))
        return sketch->weight;
    double below = 0;
    for (int at = lowest_position(sketch); at <= highest_position(sketch); at = next_position(sketch, at)) {
        if (position_value(sketch, at) >= limit)
            break;
        below += position_weight(sketch, at);
    }
    return below;
}

double sketch_deviation(const struct sketch *sketch)
{
    double mean = sketch->sum / sketch->weight;
    double variance = sketch->sum_squares / sketch->weight - mean * mean;
    if (!(variance > 0))
        return 0;
    /* No population deviates by more (Popoviciu, 1935). This bounds the cancellation error among
     * samples that are nearly equal. */
    return fmin(sqrt(variance), highest_sample(sketch) / 2 - lowest_sample(sketch) / 2);
}

/* The word: `samples,weight,sum,sum_squares,least,greatest,least,greatest`, where least and
 * greatest are magnitudes, of the negative and then of the positive side; then for each run of
 * non-empty buckets `;position:weight,weight...`. */

struct word {
    char *to;
    size_t room, length;
};

static void put(struct word *word, const char *text, size_t length)
{
    size_t fits = word->length < word->room ? word->room - word->length : 0;
    if (fits > 0)
        memcpy(word->to + word->length, text, length < fits ? length : fits);
    word->length += length;
}

/* number_format takes finite numbers only, and sums may have overflowed. */
static void put_number(struct word *word, char separator, double value)
{
    char text[1 + NUMBER_TEXT_MAX] = { separator };
    if (isfinite(value)) {
        put(word, text, 1 + number_format(value, text + 1));
        return;
    }
    put(word, text, 1);
    put(word, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf", value < 0 ? 4 : 3);
}

size_t sketch_write(const struct sketch *sketch, char *to, size_t room)
{
    struct word word = { .room = room };
    word.to = to;
    char samples[NUMBER_TEXT_MAX];
    put(&word, samples, number_format_uint(sketch->samples, samples));
    put_number(&word, ',', sketch->weight);
    put_number(&word, ',', sketch->sum);
    put_number(&word, ',', sketch->sum_squares);
    put_number(&word, ',', sketch->negative.least);
    put_number(&word, ',', sketch->negative.greatest);
    put_number(&word, ',', sketch->positive.least);
    put_number(&word, ',', sketch->positive.greatest);
    int last = INT_MIN;
    for (int at = lowest_position(sketch); at <= highest_position(sketch); at = next_position(sketch, at)) {
        double weight = position_weight(sketch, at);
        if (weight == 0)
            continue;
        bool in_run = at - 1 == last;
        if (!in_run)
            put_number(&word, ';', at);
        put_number(&word, in_run ? ',' : ':', weight);
        last = at;
    }
    return word.length;
}

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

static bool take_number(struct cursor *cursor, double *value)
{
    static const struct {
        const char *text;
        double value;
    } overflowed[] = { { "nan", NAN }, { "inf", INFINITY }, { "-inf", -INFINITY } };
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != ',' && *cursor->at != ';' && *cursor->at != ':')
        cursor->at++;
    size_t length = (size_t)(cursor->at - start);
    for (size_t i = 0; i < sizeof overflowed / sizeof *overflowed; i++) {
        if (length == strlen(overflowed[i].text) && memcmp(start, overflowed[i].text, length) == 0) {
            *value = overflowed[i].value;
            return true;
        }
    }
    return number_parse(start, length, value) == NUMBER_OK;
}

static bool take_totals(struct cursor *cursor, struct sketch *sketch)
{
    double samples, *const fields[] = {
        &samples,
        &sketch->weight,
        &sketch->sum,
        &sketch->sum_squares,
        &sketch->negative.least,
        &sketch->negative.greatest,
        &sketch->positive.least,
        &sketch->positive.greatest,
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if ((i > 0 && !take(cursor, ',')) || !take_number(cursor, fields[i]))
            return false;
    sketch->samples = samples >= 0 && samples < 0x1p63 ? (uint64_t)samples : 0;
    return (double)sketch->samples == samples;
}

/* Reads one run; its positions must be above *last, which becomes its last position. */
static bool take_run(struct cursor *cursor, struct sketch *sketch, int *last)
{
    const double most = (double)BUCKETS;
    double position, weight;
    if (!take_number(cursor, &position) || !(position > *last && position <= most) || position != floor(position))
        return false;
    *last = (int)position - 1;
    for (char separator = ':'; take(cursor, separator); separator = ',') {
        if (++*last > BUCKETS || !take_number(cursor, &weight) || !(weight > 0))
            return false;
        if (*last == 0)
            sketch->zeros = weight;
        else if (*last < 0)
            bucket_add(&sketch->negative, (unsigned)-*last - 1, weight);
        else
            bucket_add(&sketch->positive, (unsigned)*last - 1, weight);
    }
    return *last >= position;
}

/* True when the buckets agree with the totals. Sums of integer weights are exact; others may differ
 * by the rounding errors of the additions. */
static bool is_sound(const struct sketch *sketch)
{
    const double buckets = (double)(2 * BUCKETS); /* of both signs */
    double weight = 0, samples = (double)sketch->samples;
    for (int at = lowest_position(sketch); at <= highest_position(sketch); at = next_position(sketch, at))
        weight += position_weight(sketch, at);
    double rounded = sketch->weight == samples ? 0 : (samples + buckets) * 0x1p-52 * weight;
    bool weighs_right = weight == sketch->weight || fabs(weight - sketch->weight) <= rounded;
    return weighs_right && (samples > 0) == (weight > 0) && buckets_are_sound(&sketch->negative) &&
           buckets_are_sound(&sketch->positive);
}

struct sketch *sketch_read(const char *text, size_t length)
{
    struct cursor cursor = { text, text + length };
    struct sketch *sketch = sketch_new();
    int last = -BUCKETS - 1;
    bool good = take_totals(&cursor, sketch);
    while (good && take(&cursor, ';'))
        good = take_run(&cursor, sketch, &last);
    if (good && cursor.at == cursor.end && is_sound(sketch))
        return sketch;
    sketch_free(sketch);
    return NULL;
}
