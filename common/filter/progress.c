#include "filter/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"

enum {
    PATIENCE = 1000,
    PAUSE = 200
}; /* ms: before progress first shows, and between two
                                        * updates */

static void put(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

void progress_begin(struct progress *p, const struct lines *in, bool has_out)
{
    struct stat status;
    *p = (struct progress){ .in = in, .started = clock_monotonic_ms() };
    bool is_wanted = die_verbosity() >= 0 && isatty(STDERR_FILENO) && !(has_out && isatty(STDOUT_FILENO));
    if (is_wanted && fstat(in->fd, &status) == 0 && S_ISREG(status.st_mode))
        p->size = status.st_size;
}

void progress_show(struct progress *p)
{
    char text[80];
    if (!p->size)
        return;
    int64_t now = clock_monotonic_ms();
    if (now - p->started < PATIENCE || now - p->shown < PAUSE)
        return;
    int64_t position = lseek(p->in->fd, 0, SEEK_CUR) - (int64_t)(p->in->end - p->in->start);
    int percent = position < p->size ? (int)((double)position / (double)p->size * 100) : 100;
    snprintf(text, sizeof text, "%s: %d %%\r", die_program(), percent);
    put(text);
    p->shown = now;
    p->is_on_screen = true;
}

void progress_end(struct progress *p)
{
    if (p->is_on_screen)
        put("\033[K");
    p->is_on_screen = false;
}
