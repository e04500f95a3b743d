/* out: every byte arrives in order, nothing blocks that must not, and a failed write ends the
 * program with a message. */
#include "filter/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "base/die.h"
#include "tap.h"

static char byte_at(size_t i)
{
    return (char)('a' + i * 7 % 26);
}

static void put_pattern(struct out *o, size_t from, size_t length)
{
    char *room = out_room(o, length);
    for (size_t i = 0; i < length; i++)
        room[i] = byte_at(from + i);
    out_added(o, length);
}

/* Reads what is there without waiting, and checks that it continues the pattern. */
static bool take_pattern(int fd, size_t *at)
{
    char piece[8192];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        for (ssize_t i = 0; i < n; i++)
            if (piece[i] != byte_at((*at)++))
                return false;
    return true;
}

static void test_filter(void)
{
    FILE *file = tmpfile();
    struct out o;
    char back[16] = "";
    out_init(&o, dup(fileno(file)), "file", 8, OUT_BLOCKING);
    out_put(&o, "abc", 3);
    tap_ok(out_pending(&o) == 3 && lseek(fileno(file), 0, SEEK_CUR) == 0, "bytes wait in the buffer");
    out_put(&o, "defghi", 6);
    tap_ok(lseek(fileno(file), 0, SEEK_CUR) == 3, "a full buffer is written");
    out_put(&o, "0123456789", 10);
    out_close(&o);
    tap_ok(pread(fileno(file), back, 3, 9) == 3 && strcmp(back, "012") == 0, "what is larger than the buffer too");
    tap_ok(lseek(fileno(file), 0, SEEK_END) == 19, "the close writes the rest");
    fclose(file);
}

/* A queue with a slow reader: nothing blocks, nothing is lost, and the descriptor's own flags are
 * unchanged. */
static void check_queue(const char *name, size_t limit, int read_end, int write_end)
{
    enum { TOTAL = 12000000, PIECE = 1000 };
    struct out o;
    size_t put = 0, taken = 0;
    bool right = true, filled = false, bounded = true;
    fcntl(read_end, F_SETFL, O_NONBLOCK);
    out_init(&o, write_end, name, limit, OUT_QUEUE);
    tap_ok(out_space(&o) == limit, "%s: an empty queue has its whole space", name);
    while (put < TOTAL || out_pending(&o)) {
        while (put < TOTAL && out_space(&o) >= PIECE) {
            put_pattern(&o, put, PIECE);
            put += PIECE;
        }
        if (!out_try_flush(&o))
            filled = true;
        bounded = bounded && o.capacity <= limit;
        right = right && take_pattern(read_end, &taken);
    }
    tap_ok(!(fcntl(write_end, F_GETFL) & O_NONBLOCK), "%s: the descriptor is not made non-blocking", name);
    out_close(&o);
    right = right && take_pattern(read_end, &taken);
    tap_ok(bounded, "%s: its memory does not outgrow its limit", name);
    tap_ok(filled, "%s: a slow reader fills it, and nothing blocks", name);
    tap_ok(right && taken == TOTAL, "%s: all bytes come out in order", name);
    close(read_end);
}

static void test_queues(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        exit(2);
    check_queue("pipe", 1 << 20, ends[0], ends[1]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        exit(2);
    check_queue("socket", 1 << 20, ends[0], ends[1]);
    if (pipe(ends) < 0)
        exit(2);
    check_queue("a long pipe", 5000000, ends[0], ends[1]);
}

/* As large a limit as an option allows: memory is only taken when it is needed. */
static void test_vast(void)
{
    struct out o;
    out_init(&o, open("/dev/null", O_WRONLY), "null", (size_t)1 << 36, OUT_QUEUE);
    put_pattern(&o, 0, 5000000);
    tap_ok(out_pending(&o) == 5000000 && out_space(&o) == ((size_t)1 << 36) - 5000000,
           "a queue of 64 GiB begins small");
    out_close(&o);
}

static void test_outgrown(void)
{
    int ends[2];
    struct out o;
    size_t taken = 0;
    if (pipe(ends) < 0)
        exit(2);
    out_init(&o, ends[1], "pipe", 1000, OUT_QUEUE);
    put_pattern(&o, 0, 5000);
    tap_ok(out_pending(&o) == 5000, "a queue grows instead of writing");
    tap_ok(out_space(&o) == 0, "it has no space while it exceeds its capacity");
    tap_ok(out_try_flush(&o) && out_space(&o) == 1000, "and afterwards no more than its capacity");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    tap_ok(take_pattern(ends[0], &taken) && taken == 5000, "the bytes are right");
    out_close(&o);
    close(ends[0]);
}

struct failing {
    const char *path;
    int flags;
    bool closed_pipe;
    bool wait_for_close; /* the failure shows in out_close, not before */
};

static void write_and_fail(void *argument)
{
    const struct failing *f = argument;
    struct out o;
    int ends[2];
    die_init("prog");
    if (f->closed_pipe && pipe(ends) == 0)
        close(ends[0]);
    int fd = f->closed_pipe ? ends[1] : f->path ? open(f->path, O_WRONLY) : -1;
    out_init(&o, fd, "stdout", 100, f->flags);
    out_put(&o, "abc\n", 4);
    if (f->flags & OUT_QUEUE)
        out_try_flush(&o);
    else if (!f->wait_for_close)
        out_flush(&o);
    out_close(&o);
}

static void test_failures(void)
{
    static const struct {
        const char *name;
        struct failing f;
        const char *message;
    } cases[] = {
        { "a full disk", { "/dev/full", OUT_BLOCKING, false, false }, "prog: write stdout: No space left on device\n" },
        { "a full disk at close",
          { "/dev/full", OUT_BLOCKING, false, true },
          "prog: write stdout: No space left on device\n" },
        { "a full disk, queued",
          { "/dev/full", OUT_QUEUE, false, false },
          "prog: write stdout: No space left on device\n" },
        { "a closed descriptor", { NULL, OUT_BLOCKING, false, false }, "prog: write stdout: Bad file descriptor\n" },
        { "a reader that has gone", { NULL, OUT_BLOCKING, true, false }, "" },
        { "a reader that has gone, queued", { NULL, OUT_QUEUE, true, false }, "" },
        { "a reader that has gone, to be said",
          { NULL, OUT_QUEUE | OUT_SAY_CLOSED, true, false },
          "prog: write stdout: Broken pipe\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct failing f = cases[i].f;
        struct outcome o = in_child(write_and_fail, &f);
        if (!tap_ok(o.status == EXIT_FAILED && strcmp(o.err, cases[i].message) == 0, "%s ends the program",
                    cases[i].name))
            tap_note("status %d, %s", o.status, o.err);
    }
}

int main(void)
{
    die_init("test_out");
    test_filter();
    test_queues();
    test_outgrown();
    test_vast();
    test_failures();
    return tap_done();
}
