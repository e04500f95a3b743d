/* set_clock: a library to be preloaded (LD_PRELOAD) that sets the wall clock of a program.
 *
 *     SET_CLOCK=file    the file has the seconds by which CLOCK_REALTIME is ahead
 *
 * To set the clock while the program runs, put another file in its place with mv. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long seconds_ahead(void)
{
    char text[32] = "";
    int fd = open(getenv("SET_CLOCK"), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        abort();
    close(fd);
    return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*next)(clockid_t, struct timespec *);
    *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, now);
    if (clock == CLOCK_REALTIME)
        now->tv_sec += seconds_ahead();
    return result;
}
