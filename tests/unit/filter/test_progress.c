/* progress: shown if someone can see it, after a second, and removed at the end. */
#include "filter/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "tap.h"

/* Returns what the terminal has received since the last call. */
static const char *seen(int terminal)
{
    static char text[200];
    ssize_t n = read(terminal, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static int open_terminal(int *terminal)
{
    *terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (*terminal < 0 || grantpt(*terminal) < 0 || unlockpt(*terminal) < 0)
        return -1;
    fcntl(*terminal, F_SETFL, O_NONBLOCK);
    return open(ptsname(*terminal), O_RDWR | O_NOCTTY);
}

int main(void)
{
    struct progress p;
    int terminal, other = open_terminal(&terminal);
    FILE *file = tmpfile();
    int fd = file ? fileno(file) : -1;
    if (other < 0) {
        puts("ok 1 - progress # skip there are no terminals here: no /dev/pts\n1..1");
        return 0;
    }
    if (fd < 0 || ftruncate(fd, 1000) < 0 || dup2(other, STDERR_FILENO) < 0)
        return 1;
    int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
    fflush(stdout);
    dup2(null, STDOUT_FILENO); /* whatever it is in this run */
    die_init("test_progress");

    struct lines in = { .fd = fd }, of_terminal = { .fd = terminal };
    progress_begin(&p, &in, true);
    int64_t size = p.size;
    progress_show(&p);
    bool early = *seen(terminal);
    p.started -= 1001;
    lseek(fd, 520, SEEK_SET);
    in.start = 7;
    in.end = 107;
    progress_show(&p);
    bool right = strcmp(seen(terminal), "test_progress: 42 %\r") == 0;
    progress_show(&p);
    bool soon = *seen(terminal);
    p.shown -= 201;
    lseek(fd, 2000, SEEK_SET);
    progress_show(&p);
    bool full = strcmp(seen(terminal), "test_progress: 100 %\r") == 0;
    progress_end(&p);
    bool gone = strcmp(seen(terminal), "\033[K") == 0;
    progress_end(&p);
    bool twice = *seen(terminal);

    progress_begin(&p, &of_terminal, true);
    int64_t size_of_terminal = p.size;
    die_set_verbosity(-1);
    progress_begin(&p, &in, true);
    int64_t size_when_quiet = p.size;
    die_set_verbosity(0);
    dup2(other, STDOUT_FILENO);
    progress_begin(&p, &in, true);
    int64_t size_among_records = p.size;
    progress_begin(&p, &in, false);
    int64_t size_without_records = p.size;
    dup2(null, STDERR_FILENO);
    dup2(null, STDOUT_FILENO);
    progress_begin(&p, &in, true);
    int64_t size_unseen = p.size;
    dup2(out, STDOUT_FILENO);

    tap_ok(size == 1000 && !early, "nothing is shown in the first second");
    tap_ok(right, "after that, the percentage of what has been taken is shown");
    tap_ok(!soon, "but not at every call");
    tap_ok(full, "a growing file never shows more than 100 %%");
    tap_ok(gone && !twice, "the end removes it from the screen, once");
    tap_ok(size_of_terminal == 0, "nothing is shown for input without a size");
    tap_ok(size_when_quiet == 0, "nothing is shown with --quiet");
    tap_ok(size_among_records == 0, "nothing is shown among records on a terminal");
    tap_ok(size_without_records == 1000, "it is shown on a terminal that gets no records");
    tap_ok(size_unseen == 0, "nothing is shown without a terminal");
    return tap_done();
}
