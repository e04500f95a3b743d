#include "series/ends.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Records of a state may come with a few ends in turn. If they come with many, the numbers become
 * one for every USERS_EACH users before all users are looked at, so that each is looked at a few
 * times, however many there are. */
enum { LAST_FEW = 4, ENOUGH = 1 << 10, USERS_EACH = 8 };

void ends_free(struct ends *e)
{
    free(e->times);
    *e = (struct ends){ .times = NULL };
}

uint32_t ends_number(struct ends *e, int64_t time)
{
    if (time == NEVER)
        return ENDS_NEVER;
    for (uint32_t i = e->count; i > 0 && i + LAST_FEW > e->count; i--)
        if (e->times[i - 1] == time)
            return i;
    if (e->count == e->capacity) {
        e->capacity = e->capacity ? e->capacity * 2 : 16;
        e->times = xreallocarray(e->times, e->capacity, sizeof *e->times);
    }
    e->times[e->count++] = time;
    return e->count;
}

bool ends_are_many(const struct ends *e, uint32_t users)
{
    uint32_t enough = e->enough ? e->enough : ENOUGH;
    return e->count >= enough && e->count - enough >= users / USERS_EACH;
}

static int earlier_first(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

uint32_t *ends_renumber(struct ends *e, const bool *is_used)
{
    int64_t *times = xreallocarray(NULL, e->count + 1, sizeof *times);
    uint32_t *renumbered = xcalloc((size_t)e->count + 1, sizeof *renumbered);
    uint32_t used = 0, kept = 0;
    for (uint32_t i = 1; i <= e->count; i++)
        if (is_used[i])
            times[used++] = ends_time(e, i);
    qsort(times, used, sizeof *times, earlier_first);
    for (uint32_t i = 0; i < used; i++)
        if (!kept || times[i] != times[kept - 1])
            times[kept++] = times[i];
    for (uint32_t i = 1; i <= e->count; i++)
        if (is_used[i]) {
            int64_t *found = bsearch(&e->times[i - 1], times, kept, sizeof *times, earlier_first);
            renumbered[i] = (uint32_t)(found - times) + 1;
        }
    free(e->times);
    *e = (struct ends){ times, kept, e->count + 1, kept * 2 + ENOUGH };
    return renumbered;
}
