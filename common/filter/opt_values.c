/* The part of opt that turns an option's text into a value. */
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "base/number.h"
#include "filter/opt.h"

static struct quoted quoted_value(const struct opt *o)
{
    return quote(o->value, strlen(o->value));
}

static bool parse_digits(const char *text, size_t length, uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit > 9 || v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return length > 0;
}

uint64_t opt_uint(const struct opt *o, uint64_t min, uint64_t max)
{
    uint64_t value;
    if (!parse_digits(o->value, strlen(o->value), &value))
        opt_fail(o, "bad number %s: expected a whole number", quoted_value(o).text);
    if (value < min || value > max)
        opt_fail(o, "bad number %s: expected %llu to %llu", quoted_value(o).text, (unsigned long long)min,
                 (unsigned long long)max);
    return value;
}

bool opt_parse_duration(const char *text, size_t length, int64_t *milliseconds)
{
    static const struct {
        const char *letters;
        double milliseconds;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    double scale = 1000, number;
    size_t digits = length;
    while (digits && text[digits - 1] >= 'a' && text[digits - 1] <= 'z')
        digits--;
    if (digits < length) {
        size_t i = 0, count = sizeof units / sizeof *units;
        while (i < count && (strlen(units[i].letters) != length - digits ||
                             memcmp(units[i].letters, text + digits, length - digits) != 0))
            i++;
        if (i == count)
            return false;
        scale = units[i].milliseconds;
    }
    if (number_parse(text, digits, &number) != NUMBER_OK)
        return false;
    double value = number * scale;
    if (!(value >= 0 && value <= 1e15))
        return false;
    /* 0.29 s is 289.99999999999994 ms in doubles. Round to the nearest if the user could have meant
     * that, to the last digit anyone writes. */
    int64_t nearest = (int64_t)(value + 0.5);
    double off = value - (double)nearest;
    *milliseconds = nearest;
    return off < 1e-6 && off > -1e-6;
}

int64_t opt_duration(const struct opt *o, int64_t min, int64_t max)
{
    int64_t value;
    if (!opt_parse_duration(o->value, strlen(o->value), &value))
        opt_fail(o, "bad duration %s: expected seconds, or a number with ms, s, m or h", quoted_value(o).text);
    if (value < min)
        opt_fail(o, "bad duration %s: expected at least %lld ms", quoted_value(o).text, (long long)min);
    if (value > max)
        opt_fail(o, "bad duration %s: expected at most %lld ms", quoted_value(o).text, (long long)max);
    return value;
}

uint64_t opt_size(const struct opt *o, uint64_t min, uint64_t max)
{
    size_t length = strlen(o->value);
    unsigned shift = 0;
    char unit = length ? (char)(o->value[length - 1] & ~0x20) : 0;
    if (unit == 'K' || unit == 'M' || unit == 'G') {
        shift = unit == 'K' ? 10 : unit == 'M' ? 20 : 30;
        length--;
    }
    uint64_t value;
    if (!parse_digits(o->value, length, &value))
        opt_fail(o, "bad size %s: expected bytes, or a number with K, M or G", quoted_value(o).text);
    if (value > UINT64_MAX >> shift || value << shift < min || value << shift > max)
        opt_fail(o, "bad size %s: expected %llu to %llu bytes", quoted_value(o).text, (unsigned long long)min,
                 (unsigned long long)max);
    return value << shift;
}

/* The next of the words at *rest, separated by spaces; false after the last. */
static bool next_word(const char **rest, struct span *word)
{
    const char *start = *rest + strspn(*rest, ", ");
    *word = (struct span){ start, strcspn(start, " ") };
    *rest = start + word->length;
    return word->length > 0;
}

static _Noreturn void fail_word(const struct opt *o, struct span wrong)
{
    char list[256] = "";
    const char *rest = o->row->completions, *separator = "";
    struct span word;
    while (next_word(&rest, &word)) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%.*s", separator, (int)word.length, word.text);
        separator = strchr(rest + strspn(rest, " "), ' ') ? ", " : " or ";
    }
    opt_fail(o, "unknown word %s: expected %s", quote(wrong.text, wrong.length).text, list);
}

int opt_word(const struct opt *o, struct span wanted)
{
    const char *rest = o->row->completions;
    struct span word;
    for (int i = 0; next_word(&rest, &word); i++)
        if (span_equal(word, wanted))
            return i;
    fail_word(o, wanted);
}

int opt_choice(const struct opt *o)
{
    return opt_word(o, (struct span){ o->value, strlen(o->value) });
}
