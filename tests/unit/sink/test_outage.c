/* outage: the messages about the other side, on standard error. */
#include "sink/outage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "tap.h"

static FILE *file;

/* Were these lines printed since the last call? */
static bool printed(const char *expected)
{
    static char text[4096];
    rewind(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    rewind(file);
    bool is_same = ftruncate(fileno(file), 0) == 0 && strcmp(text, expected) == 0;
    if (!is_same)
        tap_note("printed: %s", text);
    return is_same;
}

int main(void)
{
    const char *where = "http://host/write";
    const char *message = "test: post http://host/write: HTTP 401: 0 lines wait\n";
    struct queue queue = { .first = NULL };
    struct outage o;
    file = tmpfile();
    if (!file || dup2(fileno(file), STDERR_FILENO) < 0)
        return 1;
    die_init("test");
    outage_init(&o, &queue);

    outage_fail_again(&o, 1000, "post", where, "HTTP 401");
    tap_ok(printed(message), "a failure is reported");
    for (int64_t now = 2000; now < 1000 + OUTAGE_AGAIN; now += 1000)
        outage_fail_again(&o, now, "post", where, "HTTP 401");
    tap_ok(printed(""), "once");
    outage_fail_again(&o, 1000 + OUTAGE_AGAIN, "post", where, "HTTP 401");
    tap_ok(OUTAGE_AGAIN == 600000 && printed(message), "and again after ten minutes");
    outage_fail_again(&o, 2000 + OUTAGE_AGAIN, "post", where, "HTTP 401");
    outage_fail(&o, 2 * OUTAGE_AGAIN, "post", where, "HTTP 401");
    tap_ok(printed(""), "not earlier");
    outage_end(&o, 13300 + 2 * OUTAGE_AGAIN, where);
    outage_end(&o, 13300 + 2 * OUTAGE_AGAIN, where);
    tap_ok(printed("test: http://host/write is back after 1212.3s: 0 lines follow\n"), "the end too, once");
    return tap_done();
}
