/* answered: how many lines are surely in rows that were written. */
#include "answered.h"

#include <string.h>

#include "tap.h"

static void rows(struct answered *a, const char *text, int64_t now)
{
    answered_rows(a, text, strlen(text), now);
}

static void test_order(void)
{
    struct answered a = { .before = 0 };
    answered_look(&a, 100, 1000);
    /* 20 more are read before the rows are read here: they are in the next interval. */
    rows(&a, "n\tc\tcount\t1\t10\n", 1010);
    tap_ok(a.sure == 0, "the first row of an interval does not complete it");
    rows(&a, "m\tc\tcount\t1\t10\nm\tc\trate\t1\t10\n", 1020);
    tap_ok(a.sure == 0, "more rows of it do not");
    answered_look(&a, 150, 1100);
    tap_ok(a.sure == 0, "a moment without rows does not");
    rows(&a, "n\tc\tcount\t1\t20\n", 1110);
    tap_ok(a.sure == 100, "rows of the next do: what had been read before its first is answered");
    answered_look(&a, 160, 1110 + ANSWERED_QUIET);
    tap_ok(a.sure == 150, "no row for a while does");
}

static void test_chunks(void)
{
    struct answered a = { .before = 0 };
    answered_look(&a, 7, 1000);
    rows(&a, "n\tc\tcount\t1\t10\nn\tc\tcount\t1\t20\n", 1000);
    rows(&a, "m\tc\tcount\t1\t20\n", 1000);
    tap_ok(a.sure == 0 && a.written == 7, "the last row of a chunk says which interval it is of");
    rows(&a, "\n", 1000);
    tap_ok(a.sure == 7, "an empty line is one, too");
}

static void test_process(void)
{
    struct answered a = { .before = 0 };
    tap_ok(!answered_is_due(&a, ANSWERED_LOOK_INTERVAL - 1) && answered_is_due(&a, ANSWERED_LOOK_INTERVAL),
           "a count is due after a while");
    answered_begin(&a, 30);
    tap_ok(a.sure == 30 && a.written == 30 && a.before == 30, "another process has not read what was before it");
}

int main(void)
{
    test_order();
    test_chunks();
    test_process();
    return tap_done();
}
