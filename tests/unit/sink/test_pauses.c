#include "sink/pauses.h"

#include <stdbool.h>
#include <stdlib.h>

#include "tap.h"

/* The pause when chance adds nothing, from three quarters of its middle. */
static int64_t middle(struct pauses *p)
{
    return pauses_next(p, 0) * 4 / 3;
}

int main(void)
{
    struct pauses p = { 0, 0 };
    const int64_t doubled[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000 };
    bool doubles = true, varies = true;
    pauses_begin(&p);
    for (size_t i = 0; i < sizeof doubled / sizeof *doubled; i++)
        doubles &= middle(&p) == doubled[i];
    tap_ok(doubles, "pauses double from 0.1 s to 30 s");
    pauses_begin(&p);
    tap_ok(middle(&p) == 100, "and begin again");
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 100000; i++) {
        pauses_begin(&p);
        int64_t pause = pauses_next(&p, random());
        varies &= pause >= 75 && pause <= 125;
        least = pause < least ? pause : least;
        most = pause > most ? pause : most;
    }
    tap_ok(varies && least == 75 && most == 125, "each is a quarter more or less by chance");
    pauses_hurry(&p);
    for (int i = 0; i < 10; i++)
        pauses_next(&p, 0);
    tap_ok(middle(&p) == PAUSES_MOST_AT_END, "at the end they stay short");
    return tap_done();
}
