#include "series/tagging.h"

#include <stdlib.h>

#include "base/xalloc.h"

void tagging_init(struct tagging *t)
{
    *t = (struct tagging){ .text = NULL };
    record_canonical_init(&t->canonical);
}

void tagging_free(struct tagging *t)
{
    record_canonical_free(&t->canonical);
    free(t->text);
    free(t->line);
}

bool tagging_add(struct tagging *t, const char *text)
{
    struct series series;
    bool good = false;
    series_init(&series);
    if (strchr(text, ':') && !strchr(text, ',') && series_begin(&series, SPAN("x"), TAGS_ALL, false)) {
        series_add_dogstatsd(&series, (struct span){ text, strlen(text) }, false);
        struct span tagged = series_finish(&series);
        good = tagged.length > 1;
        t->text = xreallocarray(t->text, t->length + tagged.length, 1);
        memcpy(t->text + t->length, tagged.text + 1, tagged.length - 1);
        t->length += tagged.length - 1;
    }
    series_free(&series);
    return good;
}

struct span tagging_apply(struct tagging *t, struct span series, struct span last)
{
    const char *semicolon = memchr(series.text, ';', series.length);
    size_t name = semicolon ? (size_t)(semicolon - series.text) : series.length;
    size_t length = series.length + t->length + last.length;
    if (t->capacity < length) {
        t->capacity = length * 2;
        t->line = xreallocarray(t->line, t->capacity, 1);
    }
    char *p = t->line;
    const struct span parts[] = {
        { series.text, name },
        { t->text, t->length },
        { series.text + name, series.length - name },
        last,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].length)
            memcpy(p, parts[i].text, parts[i].length);
        p += parts[i].length;
    }
    return record_canonical(&t->canonical, (struct span){ t->line, length });
}
