#include "answered.h"

#include <string.h>

void answered_look(struct answered *a, uint64_t read, int64_t now)
{
    if (now >= a->row + ANSWERED_QUIET)
        a->sure = a->written;
    a->before = read;
    a->looked = now;
}

void answered_rows(struct answered *a, const char *rows, size_t length, int64_t now)
{
    char column[FEED_COLUMN_MAX];
    const char *before = length > 1 ? memrchr(rows, '\n', length - 1) : NULL;
    const char *last = before ? before + 1 : rows;
    feed_last_column(last, (size_t)(rows + length - 1 - last), column);
    a->row = now;
    if (strcmp(column, a->column) == 0)
        return;
    strcpy(a->column, column);
    a->sure = a->written;
    a->written = a->before;
}

void answered_begin(struct answered *a, uint64_t read)
{
    a->before = a->written = a->sure = read;
}
