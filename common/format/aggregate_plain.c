#include "format/aggregate_plain.h"

#include "base/number.h"
#include "base/word.h"
#include "format/aggregate_skip.h"

bool aggregate_time(struct aggregate_time *t, struct span text)
{
    if (text.length < AGGREGATE_TIME_LEAST || text.length > AGGREGATE_TIME_MOST)
        return false;
    *t = (struct aggregate_time){ word_load(text.text), word_load(text.text + text.length - 8), text.length };
    return true;
}

/* The TAB behind a value of any other form that is a number. */
static const char *skip_value(const char *value)
{
    bool negative;
    const char *tab = memchr(value, '\t', SKIP_COLUMN);
    return tab && number_check(value, (size_t)(tab - value), &negative) == NUMBER_OK ? tab : NULL;
}

const char *aggregate_plain(const struct aggregate_time *t, const char *line, const char *end,
                            struct aggregate_plain *row)
{
    const char *kind = row->name_end = skip_name(line, end, ';');
    if (kind && *kind == ';')
        kind = skip_name(kind, end, '\\');
    if (!kind || *kind != '\t' || row->name_end == line)
        return NULL;
    const char *tab = skip_two(kind + 1);
    if (!tab)
        return NULL;
    row->kind = kind;
    row->value = tab + 1;
    row->value_end = skip_number(row->value);
    if (!row->value_end)
        row->value_end = skip_value(row->value);
    if (!row->value_end)
        return NULL;
    const char *time = row->value_end + 1, *time_end = time + t->length;
    bool same = word_load(time) == t->first && word_load(time_end - 8) == t->last && *time_end == '\n';
    return same ? time_end + 1 : NULL;
}

bool aggregate_plain_kind(const char *line, const char *next, struct aggregate *a)
{
    struct span culprit;
    size_t length = (size_t)(next - 1 - line);
    return !memchr(line, '\n', length) && aggregate_parse(line, length, a, &culprit) == AGGREGATE_OK;
}
