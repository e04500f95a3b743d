#include "sink/pauses.h"

void pauses_begin(struct pauses *p)
{
    *p = (struct pauses){ PAUSES_FIRST, p->most ? p->most : PAUSES_MOST };
}

void pauses_hurry(struct pauses *p)
{
    *p = (struct pauses){ PAUSES_FIRST, PAUSES_MOST_AT_END };
}

int64_t pauses_next(struct pauses *p, long chance)
{
    int64_t pause = p->next;
    p->next = pause * 2 < p->most ? pause * 2 : p->most;
    return pause * 3 / 4 + chance % (pause / 2 + 1);
}
