#include "series/idle.h"

#include <string.h>

#include "base/list.h"
#include "filter/opt.h"
#include "format/aggregate.h"
#include "series/table.h"

static bool parse_one(struct span item, int64_t *idle)
{
    for (int family = 0; family < FAMILIES; family++) {
        const char *letters = aggregate_type_letters(family_aggregate((enum family)family));
        size_t length = strlen(letters);
        if (item.length <= length || memcmp(item.text, letters, length) != 0 || item.text[length] != '=')
            continue;
        struct span value = { item.text + length + 1, item.length - length - 1 };
        if (!span_is(value, "forever"))
            return opt_parse_duration(value.text, value.length, &idle[family]);
        idle[family] = IDLE_FOREVER;
        return true;
    }
    return false;
}

bool idle_parse(const char *text, int64_t *idle, struct span *culprit)
{
    struct list list = list_of(text);
    *culprit = SPAN("");
    while (list_next(&list, culprit))
        if (!parse_one(*culprit, idle))
            return false;
    return *text != '\0';
}
