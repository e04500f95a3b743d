#include "base/shortage.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { STRETCH = 10000 }; /* ms */

const struct shortages shortages_none = { .complaint = { .what = "failed calls" } };

void shortage_report(struct shortages *s, const char *what, const char *where, int error)
{
    int64_t now = clock_monotonic_ms();
    if (now >= s->stretch_end) {
        complaint_summary(&s->complaint);
        s->stretch_end = now + STRETCH;
    }
    complain(&s->complaint, "%s%s%s: %s: trying again", what, where ? " " : "", where ? where : "", strerror(error));
}

void shortage_summary(struct shortages *s)
{
    complaint_summary(&s->complaint);
}

void shortage_pause(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = SHORTAGE_PAUSE * 1000000L }, NULL);
}
