#include "wire/plain.h"

#include "base/number.h"
#include "wire/skip.h"

static bool is_good_rate(struct span rate)
{
    double value;
    return number_parse(rate.text, rate.length, &value) == NUMBER_OK && value > 0 && value <= 1;
}

/* Reads `|@rate` to the end. */
static bool read_rate(const char *p, const char *end, struct span *rate)
{
    if (end - p < 3 || p[0] != '|' || p[1] != '@')
        return false;
    *rate = (struct span){ p + 2, (size_t)(end - p - 2) };
    return is_good_rate(*rate);
}

/* Reads the type at *p and moves on; -1 for none. A number without a sign is a good value for all of them. */
static inline int read_type(const char **p, const char *end)
{
    static const signed char types[256] = {
        ['c'] = 1 + RECORD_COUNTER, ['m'] = 1 + RECORD_TIMER,     ['g'] = 1 + RECORD_GAUGE,
        ['s'] = 1 + RECORD_SET,     ['h'] = 1 + RECORD_HISTOGRAM, ['d'] = 1 + RECORD_DISTRIBUTION,
    };
    if (*p == end)
        return -1;
    int type = types[(unsigned char)*(*p)++] - 1;
    if (type == RECORD_TIMER)
        return *p < end && *(*p)++ == 's' ? type : -1;
    return type;
}

static inline void fill(struct sample *sample, int type, struct span series, struct span value)
{
    sample->series = series;
    sample->value = value;
    sample->type = (enum record_type)type;
    sample->has_time = false;
    sample->plain = true;
}

bool wire_plain(const struct wire *w, struct sample *sample)
{
    const char *end = w->end, *name = w->next, *colon = skip_safe(name, name, end);
    size_t length = (size_t)(colon - name);
    if (colon == end || *colon != ':' || !length || length > w->options.max_name)
        return false;
    const char *value = colon + 1, *bar = skip_number(name, value, end);
    bool is_number = bar > value && bar < end && *bar == '|';
    if (!is_number)
        bar = skip_safe(name, value, end);
    if (bar == value || bar == end || *bar != '|')
        return false;
    const char *p = bar + 1;
    int type = read_type(&p, end);
    if (type < 0 || (!is_number && type != RECORD_SET))
        return false;
    sample->rate = SPAN("1");
    if (p < end && !read_rate(p, end, &sample->rate))
        return false;
    fill(sample, type, (struct span){ name, length }, (struct span){ value, (size_t)(bar - value) });
    return true;
}
