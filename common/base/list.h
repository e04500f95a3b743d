/* list: the items of a comma-separated text, such as the value of --percentiles.
 *
 *     struct list list = list_of(text);
 *     struct span item;
 *     while (list_next(&list, &item)) …
 *
 * An empty text has no items. Any other text has one more item than it has commas; items may be
 * empty. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <string.h>

#include "base/span.h"

struct list {
    const char *next, *end; /* what is left; next is NULL after the last item */
};

/* Returns the list in text, which must outlive it. */
static inline struct list list_of_span(struct span text)
{
    return (struct list){ text.length ? text.text : NULL, text.text + text.length };
}

static inline struct list list_of(const char *text)
{
    return list_of_span((struct span){ text, strlen(text) });
}

/* Sets *item to the next item, a part of the text. Returns false after the last one and leaves
 * *item unchanged. */
static inline bool list_next(struct list *l, struct span *item)
{
    if (!l->next)
        return false;
    const char *comma = memchr(l->next, ',', (size_t)(l->end - l->next)), *stop = comma ? comma : l->end;
    *item = (struct span){ l->next, (size_t)(stop - l->next) };
    l->next = comma ? comma + 1 : NULL;
    return true;
}

#endif
