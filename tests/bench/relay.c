/* relay BYTES DIR -- SINK [ARG…]: the least work that a spool can be, as a yardstick for
 * statsd-spool. It reads intervals of BYTES bytes each, whatever is in them, writes each to a file
 * in DIR, gives the file its name, sends it to the sink, and removes it when the sink has named its
 * time on --done-fd. It checks nothing, and survives nothing. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "base/xalloc.h"

enum { BLOCK = 1 << 18, NAME_SIZE = 32, WORDS = 32 };

struct relay {
    size_t size; /* bytes of an interval */
    int folder, sink, done;
    unsigned begun, ended; /* intervals: files that are whole, and files that are removed */
};

static void write_name(char *name, unsigned number, const char *suffix)
{
    snprintf(name, NAME_SIZE, "%u.tsv%s", number, suffix);
}

static void start_sink(struct relay *r, char **words)
{
    int input[2], done[2];
    char number[16], *all[WORDS] = { words[0], (char[]){ "--done-fd" }, number };
    if (pipe2(input, O_CLOEXEC) < 0 || pipe2(done, O_CLOEXEC) < 0)
        die_errno("pipe");
    (void)fcntl(input[1], F_SETPIPE_SZ, BLOCK);
    snprintf(number, sizeof number, "%d", done[1]);
    for (size_t i = 1; words[i] && i + 3 < WORDS; i++)
        all[i + 2] = words[i];
    pid_t pid = fork();
    if (pid < 0)
        die_errno("fork");
    if (pid == 0) {
        if (dup2(input[0], STDIN_FILENO) >= 0 && fcntl(done[1], F_SETFD, 0) >= 0)
            execvp(all[0], all);
        _exit(EXIT_FAILED);
    }
    close(input[0]);
    close(done[1]);
    r->sink = input[1];
    r->done = done[0];
}

/* Removes the files of the intervals that the sink has named. False: it has ended. */
static bool take_done(struct relay *r)
{
    char bytes[BUFSIZ], name[NAME_SIZE];
    ssize_t n = read(r->done, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n')
            continue;
        write_name(name, r->ended++, "");
        if (unlinkat(r->folder, name, 0) < 0)
            die_errno("remove %s", name);
    }
    return n > 0;
}

/* The interval's file is whole. */
static void pass_on(struct relay *r, int fd, const char *part)
{
    char name[NAME_SIZE];
    off_t at = 0;
    write_name(name, r->begun++, "");
    if (renameat(r->folder, part, r->folder, name) < 0)
        die_errno("rename %s", part);
    while ((size_t)at < r->size)
        if (sendfile(r->sink, fd, &at, r->size - (size_t)at) <= 0)
            die_errno("write to the sink");
}

/* Reads a block, or what is left of an interval. Returns its bytes, 0 at the end of the input. */
static size_t read_block(struct relay *r, char *block, size_t size)
{
    size_t held = 0;
    while (held < size) {
        struct pollfd polls[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = r->done, .events = POLLIN } };
        if (poll(polls, 2, -1) < 0)
            die_errno("poll");
        if (polls[1].revents && !take_done(r))
            die("the sink has ended");
        if (!polls[0].revents)
            continue;
        ssize_t n = read(STDIN_FILENO, block + held, size - held);
        if (n <= 0)
            break;
        held += (size_t)n;
    }
    return held;
}

/* False at the end of the input. */
static bool relay_interval(struct relay *r, char *block)
{
    char part[NAME_SIZE];
    size_t left = r->size, n = read_block(r, block, left < BLOCK ? left : BLOCK);
    if (!n)
        return false;
    write_name(part, r->begun, ".part");
    int fd = openat(r->folder, part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        die_errno("open %s", part);
    for (; n; n = read_block(r, block, left < BLOCK ? left : BLOCK)) {
        if (write(fd, block, n) != (ssize_t)n)
            die_errno("write %s", part);
        left -= n;
    }
    if (left)
        die("the input ends within an interval");
    pass_on(r, fd, part);
    close(fd);
    return true;
}

int main(int argc, char **argv)
{
    die_init("relay");
    if (argc < 5)
        die("usage: relay BYTES DIR -- SINK [ARG...]");
    struct relay r = { .size = strtoul(argv[1], NULL, 10) };
    (void)mkdir(argv[2], 0777);
    r.folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!r.size || r.folder < 0)
        die_errno("open %s", argv[2]);
    (void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, BLOCK);
    start_sink(&r, argv + 4);
    char *block = xmalloc(BLOCK);
    while (relay_interval(&r, block))
        ;
    close(r.sink);
    while (take_done(&r))
        ;
    free(block);
    return wait(NULL) < 0 || r.ended < r.begun ? EXIT_FAILED : EXIT_FINE;
}
