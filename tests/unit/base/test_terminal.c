/* terminal: which bytes are shown as they are, in one piece and byte by byte. */
#include "base/terminal.h"

#include <string.h>

#include "base/span.h"
#include "tap.h"

static void check(struct span from, struct span expected, bool with_layout)
{
    char whole[256], pieces[256];
    struct terminal_text state = { 0 };
    size_t length = terminal_escape(&state, whole, from.text, from.length, with_layout), end = 0;
    tap_ok(length == expected.length && memcmp(whole, expected.text, length) == 0, "shown as %s", expected.text);
    state = (struct terminal_text){ 0 };
    for (size_t i = 0; i < from.length; i++)
        end += terminal_escape(&state, pieces + end, from.text + i, 1, with_layout);
    tap_ok(end == length && memcmp(pieces, whole, end) == 0, "and so in pieces");
}

int main(void)
{
    check(SPAN("plain ~\\"), SPAN("plain ~\\"), false);
    check(SPAN("\x1b[2J\x07\r\x7f"), SPAN("\\x1b[2J\\x07\\x0d\\x7f"), true);
    check(SPAN("a\tb\n"), SPAN("a\tb\n"), true);
    check(SPAN("a\tb\n"), SPAN("a\\x09b\\x0a"), false);
    check(SPAN("a\0b"), SPAN("a\\x00b"), true);
    check(SPAN("é€😀"), SPAN("é€😀"), true);
    /* C1 control characters: alone, in UTF-8, and in a form that is too long */
    check(SPAN("\x9b"
               "2J"),
          SPAN("\\x9b"
               "2J"),
          true);
    check(SPAN("\xc2\x9b"
               "2J"),
          SPAN("\xc2\\x9b"
               "2J"),
          true);
    check(SPAN("\xe0\x82\x9b"), SPAN("\xe0\\x82\\x9b"), true);
    check(SPAN("\xf0\x80\x82\x9b"), SPAN("\xf0\\x80\\x82\\x9b"), true);
    check(SPAN("\xc1\x9b"), SPAN("\\xc1\\x9b"), true);
    check(SPAN("\xf5\x80"), SPAN("\\xf5\\x80"), true);
    check(SPAN("\xc3\x1b\xa9"), SPAN("\xc3\\x1b\\xa9"), true);
    check(SPAN("é\x9b"), SPAN("é\\x9b"), true);
    check(SPAN("\xe2\x82\xac\x80"), SPAN("€\\x80"), true);
    return tap_done();
}
