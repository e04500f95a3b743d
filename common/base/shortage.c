#include "base/shortage.h"

#include <time.h>

void shortage_pause(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = SHORTAGE_PAUSE * 1000000L }, NULL);
}
