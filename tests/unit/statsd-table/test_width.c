/* width: what a terminal shows for any bytes, and how many columns it takes. */
#include "width.h"

#include <stdlib.h>

#include "tap.h"

static void check_width(const char *text, size_t expected)
{
    size_t width = width_of((struct span){ text, strlen(text) });
    tap_ok(width == expected, "'%s' takes %zu columns (%zu)", text, expected, width);
}

static void test_widths(void)
{
    check_width("", 0);
    check_width("api.requests;env=prod", 21);
    check_width("größe", 5);
    check_width("naïve in two: nai\xcc\x88ve", 19);
    check_width("日本語", 6);
    check_width("ｆｕｌｌ", 8);
    check_width("한국어", 6);
    check_width("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2); /* 한, as its three letters */
    check_width("😀🎉", 4);
    check_width("кириллица", 9);
    check_width("שלום", 4);
    check_width("ก็", 1);
    check_width("\xf0\xa0\x80\x80", 2); /* CJK extension B */
}

static void check_show(struct span plain, const char *expected)
{
    char to[256];
    size_t length = (size_t)(width_show(to, plain) - to);
    tap_ok(length == strlen(expected) && memcmp(to, expected, length) == 0, "shown as %s (%.*s)", expected, (int)length,
           to);
}

static void test_shown(void)
{
    check_show(SPAN("plain \\ text"), "plain \\ text");
    check_show(SPAN("日本語 größe"), "日本語 größe");
    check_show(SPAN("a\tb\nc\rd\0e"), "a\\tb\\nc\\rd\\0e");
    check_show(SPAN("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
    check_show(SPAN("\xc2\x9b"
                    "1m"),
               "\\xc2\\x9b"
               "1m"); /* an eight-bit control character */
    check_show(SPAN("\xe2\x80\xae"
                    "gpj"),
               "\\xe2\\x80\\xae"
               "gpj"); /* changes the writing direction */
    check_show(SPAN("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
    check_show(SPAN("a\xff\xfe"), "a\\xff\\xfe");
    check_show(SPAN("\xc0\xaf"), "\\xc0\\xaf");          /* overlong */
    check_show(SPAN("\xe0\x80\xaf"), "\\xe0\\x80\\xaf"); /* overlong */
    check_show(SPAN("\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* a surrogate */
    check_show(SPAN("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
    check_show(SPAN("\xe6\x97"), "\\xe6\\x97"); /* cut short */
    check_show(SPAN("\xe6"
                    "a\x97"),
               "\\xe6"
               "a\\x97");
}

static void check_cut(const char *text, size_t columns, const char *expected, size_t expected_used)
{
    size_t used;
    struct span kept = width_cut((struct span){ text, strlen(text) }, columns, &used);
    tap_ok(span_is(kept, expected) && used == expected_used, "'%s' cut to %zu is '%s' (%.*s, %zu)", text, columns,
           expected, (int)kept.length, kept.text, used);
}

static void test_cut(void)
{
    check_cut("abcdef", 3, "abc", 3);
    check_cut("abc", 3, "abc", 3);
    check_cut("abc", 9, "abc", 3);
    check_cut("abc", 0, "", 0);
    check_cut("日本語", 4, "日本", 4);
    check_cut("日本語", 5, "日本", 4);
    check_cut("日本語", 1, "", 0);
    check_cut("ai\xcc\x88u", 2, "ai\xcc\x88", 2);
}

static void test_random(void)
{
    int bad = 0;
    srand(7);
    for (int round = 0; round < 50000; round++) {
        char plain[16], shown[64], again[256];
        size_t length = (size_t)rand() % sizeof plain;
        for (size_t i = 0; i < length; i++)
            plain[i] = (char)(rand() % 4 ? 0x80 + rand() % 0x80 : rand() % 0x80);
        size_t size = (size_t)(width_show(shown, (struct span){ plain, length }) - shown);
        size_t size_again = (size_t)(width_show(again, (struct span){ shown, size }) - again);
        bad += size > 4 * length || size_again != size || memcmp(again, shown, size) != 0;
    }
    tap_ok(bad == 0, "50000 random texts: the output can be shown as it is (%d cannot)", bad);
}

int main(void)
{
    test_widths();
    test_shown();
    test_cut();
    test_random();
    return tap_done();
}
