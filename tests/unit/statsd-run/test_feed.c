/* feed: what goes into a pipe comes out of it, in whole lines, over readers that die, and with what
 * is dropped counted in whole intervals. */
#include "feed.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "chance.h"
#include "tap.h"

static void open_pipe(int fds[2])
{
    if (pipe(fds) < 0)
        abort();
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
}

static void add(struct feed *f, const char *text)
{
    feed_add(f, text, strlen(text));
}

static void test_plain(void)
{
    struct feed f;
    char text[100] = "";
    int fds[2];
    open_pipe(fds);
    feed_init(&f, 0, 65536);
    add(&f, "a\nb\n");
    tap_ok(feed_pending(&f) == 4 && feed_write(&f, fds[1]) && !feed_pending(&f), "everything is written");
    tap_ok(read(fds[0], text, sizeof text) == 4 && memcmp(text, "a\nb\n", 4) == 0, "and read");
    tap_ok(feed_lines_unread(&f, 0) == 0 && feed_lines_unread(&f, 2) == 1, "unread lines are counted");
    close(fds[0]);
    signal(SIGPIPE, SIG_IGN);
    add(&f, "c\n");
    tap_ok(!feed_write(&f, fds[1]), "a pipe without a reader is told");
    close(fds[1]);
    feed_free(&f);
}

static size_t unread_of(int fd)
{
    int unread = 0;
    return ioctl(fd, FIONREAD, &unread) == 0 ? (size_t)unread : 0;
}

static void test_unread_without_reader(void)
{
    struct feed f;
    char text[3];
    int fds[2];
    open_pipe(fds);
    feed_init(&f, 0, 65536);
    add(&f, "aaaa\nbbbb\ncccc\n");
    feed_write(&f, fds[1]);
    tap_ok(read(fds[0], text, 3) == 3 && close(fds[0]) == 0 && unread_of(fds[1]) == 12,
           "the kernel still knows what a reader that has gone has not read");
    tap_ok(feed_rewind(&f, unread_of(fds[1])) == 1 && feed_pending(&f) == 10, "the line it has begun is skipped");
    close(fds[1]);
    feed_free(&f);
}

static void test_rewind(void)
{
    struct feed f;
    int fds[2];
    open_pipe(fds);
    feed_init(&f, 0, 65536);
    add(&f, "aa\nbb\ncc\n");
    feed_write(&f, fds[1]);
    tap_ok(feed_rewind(&f, 6) == 0 && feed_pending(&f) == 6, "a reader that stopped between two lines loses none");
    feed_write(&f, fds[1]);
    tap_ok(feed_rewind(&f, 9) == 0 && feed_pending(&f) == 9, "one that has read nothing neither");
    feed_write(&f, fds[1]);
    tap_ok(feed_rewind(&f, 0) == 0 && feed_pending(&f) == 0, "one that has read all neither");
    feed_rewind(&f, 9);
    feed_write(&f, fds[1]);
    tap_ok(feed_rewind(&f, 1) == 1 && feed_pending(&f) == 0, "one that has not read the last LF loses that line");
    close(fds[0]);
    close(fds[1]);
    feed_free(&f);
}

/* Readers that read a random number of bytes and die: every line comes whole, in order, once, but
 * for at most one each of them has begun. */
static void test_deaths(void)
{
    struct feed f;
    unsigned long next = 0, expected = 0, lost = 0, wrong = 0;
    char seen[1 << 16];
    feed_init(&f, 0, 65536);
    for (int reader = 0; reader < 500; reader++) {
        int fds[2];
        open_pipe(fds);
        for (size_t i = chance(200); i; i--) {
            char line[64];
            int length = sprintf(line, "line %lu of some length\n", next++);
            feed_add(&f, line, (size_t)length);
        }
        feed_write(&f, fds[1]);
        size_t wanted = 1 + chance(6000);
        ssize_t n = unread_of(fds[1]) ? read(fds[0], seen, wanted) : 0;
        for (char *p = seen, *end = seen + n, *newline; p < end && (newline = memchr(p, '\n', (size_t)(end - p)));
             p = newline + 1) {
            unsigned long number = strtoul(p + 5, NULL, 10);
            wrong += memcmp(p, "line ", 5) != 0 || number < expected;
            lost += number - expected;
            expected = number + 1;
        }
        close(fds[0]);
        feed_rewind(&f, unread_of(fds[1]));
        close(fds[1]);
    }
    tap_ok(!wrong, "500 readers get whole lines in order");
    tap_ok(lost <= 500 && lost > 0, "and lose at most one each: %lu", lost);
    feed_free(&f);
}

/* `series TAB time LF`, 16 bytes. */
static void add_rows(struct feed *f, int time, int count)
{
    for (int i = 0; i < count; i++) {
        char line[32];
        int length = sprintf(line, "series%04d\t%04d\n", i, time);
        feed_add(f, line, (size_t)length);
    }
}

static void test_intervals(void)
{
    struct feed f;
    feed_init(&f, 16 * 100, 65536);
    for (int time = 1; time <= 25; time++)
        add_rows(&f, time, 10);
    tap_ok(f.lost_intervals == 15 && f.lost_lines == 150, "of 25 intervals the oldest 15 are dropped: %lu, %lu",
           (unsigned long)f.lost_intervals, (unsigned long)f.lost_lines);
    tap_ok(feed_pending(&f) == 1600 && memcmp(f.text, "series0000\t0016\n", 16) == 0, "the newest 10 are left");
    add_rows(&f, 30, 200);
    tap_ok(f.lost_intervals == 26 && f.lost_lines == 450 && feed_pending(&f) == 0,
           "one that alone is too large is dropped whole, after all others: %lu, %lu, %zu",
           (unsigned long)f.lost_intervals, (unsigned long)f.lost_lines, feed_pending(&f));
    add_rows(&f, 31, 1);
    tap_ok(feed_pending(&f) == 16, "the next is kept");
    feed_free(&f);
}

static void test_begun_interval(void)
{
    struct feed f;
    int fds[2];
    char text[100];
    open_pipe(fds);
    fcntl(fds[1], F_SETPIPE_SZ, 4096);
    feed_init(&f, 16 * 1000, 4096);
    add_rows(&f, 1, 500);
    feed_write(&f, fds[1]);
    add_rows(&f, 2, 700);
    add_rows(&f, 3, 700);
    tap_ok(f.lost_intervals == 1 && f.lost_lines == 700, "an interval that is partly written is not dropped: %lu, %lu",
           (unsigned long)f.lost_intervals, (unsigned long)f.lost_lines);
    size_t rows = 0;
    bool is_good = true;
    for (ssize_t n; (feed_write(&f, fds[1]), unread_of(fds[0])) && (n = read(fds[0], text, 16)) > 0; rows++)
        is_good &= n == 16 && memcmp(text, "series", 6) == 0 && text[15] == '\n' && text[14] != '2';
    tap_ok(is_good && rows == 1200, "its rows and those of the newest come whole: %zu", rows);
    close(fds[0]);
    close(fds[1]);
    feed_free(&f);
}

int main(void)
{
    test_plain();
    test_unread_without_reader();
    test_rewind();
    test_deaths();
    test_intervals();
    test_begun_interval();
    return tap_done();
}
