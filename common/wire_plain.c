#include "wire_plain.h"

#include "number.h"
#include "safe.h"

/* Digits so few that their number cannot be too large for a double. */
enum { VALUE_MAX = 300 };

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') <= 9;
}

static inline const char *skip_name(const char *p, const char *end)
{
    while (p < end && (safe_classes[(unsigned char)*p] & SAFE_NAME))
        p++;
    return p;
}

/* The end of `digits [. digits]` at p, or p itself where there is no such thing. */
static inline const char *skip_number(const char *p, const char *end)
{
    const char *start = p;
    while (p < end && is_digit(*p))
        p++;
    if (p < end && *p == '.') {
        const char *point = p++;
        while (p < end && is_digit(*p))
            p++;
        if (p - start == 1)
            return point;
    }
    return p - start < VALUE_MAX ? p : start;
}

/* Reads `|@rate` to the end. */
static bool read_rate(const char *p, const char *end, struct span *rate)
{
    double value;
    if (end - p < 3 || p[0] != '|' || p[1] != '@')
        return false;
    *rate = (struct span){ p + 2, (size_t)(end - p - 2) };
    return number_parse(rate->text, rate->length, &value) == NUMBER_OK && value > 0 && value <= 1;
}

/* A number without a sign is good for every type but a set; -1 for what is none of these. */
static inline int read_type(const char **p, const char *end)
{
    static const signed char types[256] = {
        ['c'] = RECORD_COUNTER + 1, ['m'] = RECORD_TIMER + 1,        ['g'] = RECORD_GAUGE + 1,
        ['h'] = RECORD_HISTOGRAM + 1, ['d'] = RECORD_DISTRIBUTION + 1,
    };
    if (*p == end)
        return -1;
    int type = types[(unsigned char)**p] - 1;
    ++*p;
    if (type == RECORD_TIMER)
        return *p < end && *(*p)++ == 's' ? type : -1;
    return type;
}

bool wire_plain(const struct wire *w, struct sample *sample)
{
    const char *end = w->end, *name = w->next, *colon = skip_name(name, end);
    size_t length = (size_t)(colon - name);
    if (colon == end || *colon != ':' || !length || length > w->options.max_name)
        return false;
    const char *value = colon + 1, *bar = skip_number(value, end);
    if (bar == value || bar == end || *bar != '|')
        return false;
    const char *p = bar + 1;
    int type = read_type(&p, end);
    if (type < 0)
        return false;
    sample->rate = SPAN("1");
    if (p < end && !read_rate(p, end, &sample->rate))
        return false;
    sample->series = (struct span){ name, length };
    sample->value = (struct span){ value, (size_t)(bar - value) };
    sample->type = (enum record_type)type;
    sample->has_time = false;
    sample->plain = true;
    return true;
}
