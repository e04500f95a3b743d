/* columns: unescaping restores every byte, and TABs separate columns. */
#include "format/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void check_unescape(const char *from, const char *expected, size_t length)
{
    char to[64];
    size_t written = (size_t)(columns_unescape(to, (struct span){ from, strlen(from) }) - to);
    tap_ok(written == length && memcmp(to, expected, length) == 0, "unescape %s", from);
}

static void test_escape(void)
{
    char to[64];
    struct span bytes = SPAN("a\tb\nc\rd\0e\\f\x7f\xff");
    size_t length = (size_t)(columns_escape(to, bytes) - to);
    tap_ok(span_equal((struct span){ to, length }, SPAN("a\\tb\\nc\\rd\\0e\\\\f\x7f\xff")), "five bytes are escaped");
    check_unescape("plain", "plain", 5);
    check_unescape("", "", 0);
    check_unescape("a\\tb", "a\tb", 3);
    check_unescape("\\n\\r\\0\\\\", "\n\r\0\\", 4);
    check_unescape("\\x", "\\x", 2);
    check_unescape("\\\\t", "\\t", 2);
    check_unescape("end\\", "end\\", 4);
}

static void test_random(void)
{
    static const char alphabet[] = { '\t', '\n', '\r', '\0', '\\', 't', 'n', '0', 'a' };
    int different = 0, raw = 0;
    srand(3);
    for (int round = 0; round < 20000; round++) {
        char from[24], escaped[48], back[48];
        size_t length = (size_t)rand() % sizeof from;
        for (size_t i = 0; i < length; i++)
            from[i] = round % 2 ? (char)rand() : alphabet[(size_t)rand() % sizeof alphabet];
        size_t written = (size_t)(columns_escape(escaped, (struct span){ from, length }) - escaped);
        for (size_t i = 0; i < written; i++)
            raw += escaped[i] == '\t' || escaped[i] == '\n' || escaped[i] == '\r' || escaped[i] == '\0';
        size_t again = (size_t)(columns_unescape(back, (struct span){ escaped, written }) - back);
        different += again != length || memcmp(back, from, length) != 0;
        columns_unescape(escaped, (struct span){ escaped, written });
        different += memcmp(escaped, from, length) != 0;
    }
    tap_ok(different == 0 && raw == 0, "20000 random texts come back, in place too (%d do not), %d raw bytes",
           different, raw);
}

static void check_split(const char *line, size_t most, size_t count, const char *expected)
{
    struct span columns[8];
    char text[64];
    size_t length = 0, found = columns_split(line, strlen(line), columns, most);
    for (size_t i = 0; i < found; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "<%.*s>", (int)columns[i].length, columns[i].text);
    text[length] = '\0';
    if (!tap_ok(found == count && strcmp(text, expected) == 0, "%s in at most %zu columns", expected, most))
        tap_note("%zu: %s", found, text);
}

int main(void)
{
    test_escape();
    test_random();
    check_split("", 5, 1, "<>");
    check_split("a", 5, 1, "<a>");
    check_split("\t", 5, 2, "<><>");
    check_split("a\tb\tc", 5, 3, "<a><b><c>");
    check_split("a\tb\tc\td\te", 5, 5, "<a><b><c><d><e>");
    check_split("a\tb\tc\td\te\tf\tg", 5, 5, "<a><b><c><d><e>");
    check_split("a\tb\t", 5, 3, "<a><b><>");
    return tap_done();
}
