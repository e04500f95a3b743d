/* The lines of a file of properties, and the mark of a message. */
#include "client.h"

#include <string.h>

#include "message.h"
#include "tap.h"

static void test_line(const char *text, const char *name, const char *value)
{
    char line[64], *is_name = NULL, *is_value = NULL;
    snprintf(line, sizeof line, "%s", text);
    bool is_good = client_property_line(line, &is_name, &is_value);
    if (name)
        tap_ok(is_good && is_name && strcmp(is_name, name) == 0 && strcmp(is_value, value) == 0, "'%s'", text);
    else
        tap_ok(value ? !is_good : is_good && !is_name, "'%s' is %s", text, value ? value : "skipped");
}

static void test_mark(int64_t mark, const char *text)
{
    char is[CLOCK_TEXT_MAX];
    int64_t back = 0;
    size_t length = message_write_mark(mark, is);
    tap_ok(length == strlen(text) && memcmp(is, text, length) == 0, "mark %s", text);
    tap_ok(message_read_mark(is, length, &back) && back == mark, "and back");
}

int main(void)
{
    char source[MESSAGE_SOURCE_MAX];
    int64_t mark = 7;
    test_line("a=b", "a", "b");
    test_line("  a.b = c d \r\n", "a.b", "c d");
    test_line("a=", "a", "");
    test_line("a=b=c", "a", "b=c");
    test_line("", NULL, NULL);
    test_line(" \t\n", NULL, NULL);
    test_line(" # a=b", NULL, NULL);
    test_line("a", NULL, "bad");
    test_line("=b", NULL, "bad");
    test_line(" = b", NULL, "bad");
    test_mark(1700000000123, "1700000000.123");
    test_mark(1700000000000, "1700000000.000");
    test_mark(0, "0.000");
    test_mark(-1500, "-1.500");
    tap_ok(!message_read_mark("x", 1, &mark) && !message_read_mark("", 0, &mark) && mark == 7, "what is no mark");
    message_source(source);
    tap_ok(strchr(source, '/') && strrchr(source, '/') != strchr(source, '/'), "source %s", source);
    return tap_done();
}
