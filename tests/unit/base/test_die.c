/* die: the form of messages, complaints that count themselves, and descriptors that stay what they
 * are. */
#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "base/span.h"
#include "tap.h"

static void say_words(void *verbosity)
{
    die_init("prog");
    die_set_verbosity(*(const int *)verbosity);
    warn("a warning");
    errno = ENOENT;
    warn_errno("open %s", "x");
    say("a status");
    die("the end of %d", 1);
}

static void complain_often(void *argument)
{
    struct complaint c = { .what = "bad records" };
    (void)argument;
    die_init("prog");
    for (int i = 1; i <= 7; i++)
        complain(&c, "bad record %d", i);
    complaint_summary(&c);
    complaint_summary(&c);
    complain(&c, "bad record 8");
    complaint_summary(&c);
    exit(c.total == 8 ? 0 : 1);
}

static void die_with_errno(void *argument)
{
    (void)argument;
    die_init("prog");
    errno = EACCES;
    die_errno("open %s", "file");
}

static void die_at_length(void *argument)
{
    (void)argument;
    die_init("prog");
    die("%05000d", 1);
}

/* Exits with the number of the first descriptor that a newly opened file gets. */
static void open_when_closed(void *argument)
{
    (void)argument;
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    die_init("prog");
    if (write(STDOUT_FILENO, "x", 1) != -1 || errno != EBADF || read(STDIN_FILENO, &errno, 1) != -1)
        _exit(100);
    _exit(open("/dev/null", O_RDWR));
}

static void check_quote(struct span bytes, const char *expected)
{
    tap_ok(strcmp(quote(bytes.text, bytes.length).text, expected) == 0, "quoted %s", expected);
}

int main(void)
{
    struct outcome o = in_child(say_words, &(int){ 0 });
    tap_ok(
        o.status == EXIT_FAILED && !*o.out &&
            strcmp(o.err,
                   "prog: a warning\nprog: open x: No such file or directory\nprog: a status\nprog: the end of 1\n") ==
                0,
        "messages have the program's name in front");
    o = in_child(say_words, &(int){ -1 });
    tap_ok(strcmp(o.err, "prog: a status\nprog: the end of 1\n") == 0, "--quiet suppresses warnings");
    o = in_child(complain_often, NULL);
    tap_ok(o.status == 0 &&
               strcmp(o.err, "prog: bad record 1\nprog: bad record 2\nprog: bad record 3\nprog: bad record 4\n"
                             "prog: bad record 5\nprog: 2 more bad records\nprog: bad record 8\n") == 0,
           "five complaints are shown and the others counted");
    o = in_child(die_with_errno, NULL);
    tap_ok(o.status == EXIT_FAILED && strcmp(o.err, "prog: open file: Permission denied\n") == 0,
           "die_errno prints the reason");
    o = in_child(die_at_length, NULL);
    tap_ok(o.status == EXIT_FAILED && strlen(o.err) > 2000 && o.err[strlen(o.err) - 1] == '\n',
           "a long message is one line");
    o = in_child(open_when_closed, NULL);
    tap_ok(o.status > 2 && o.status < 100, "closed descriptors 0 and 1 are not given to a new file (%d)", o.status);
    check_quote(SPAN("abc"), "'abc'");
    check_quote(SPAN(""), "''");
    check_quote(SPAN("a\tb\n\r\0\\"), "'a\\tb\\n\\r\\0\\\\'");
    check_quote(SPAN("\x01\x7f\xff\xc3\xa9"), "'\\x01\\x7f\\xff\\xc3\\xa9'");
    check_quote(SPAN("123456789012345678901234567890123456789012345678901234567890"),
                "'123456789012345678901234567890123456789012345678901234567890'");
    check_quote(SPAN("1234567890123456789012345678901234567890123456789012345678901"),
                "'123456789012345678901234567890123456789012345678901234567890'…");
    return tap_done();
}
