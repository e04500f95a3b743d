/* Names of segments, and their whole rows. */
#include "segment.h"

#include <string.h>

#include "tap.h"

static void test_name(const char *text, int64_t time, uint64_t seq, bool is_part)
{
    char again[SEGMENT_NAME_MAX];
    struct segment_name name;
    bool is_read = segment_read_name(text, &name);
    tap_ok(is_read && name.time == time && name.seq == seq && name.is_part == is_part, "%s is read", text);
    segment_write_name(again, &name);
    tap_ok(strcmp(again, text) == 0, "%s is written", text);
}

static void test_names(void)
{
    static const char *const foreign[] = {
        "",
        "-",
        "lock",
        "notes.tsv",
        "1700000010.tsv",
        "1700000010-1.tsv",
        "1700000010-0000000001",
        "1700000010-0000000001.tsv.bak",
        "1700000010-0000000001.tsv.part2",
        "1700000010-000000000x.tsv",
        "1700000010-00000000001.tsv",
        "01700000010-0000000001.tsv",
        "1700000010.0-0000000001.tsv",
        "1700000010.500000-0000000001.tsv",
        "1.7e9-0000000001.tsv",
        "-0000000001.tsv",
        "1700000010-99999999999999999999.tsv",
        "99999999999999-0000000001.tsv",
    };
    test_name("1700000010-0000000001.tsv", 1700000010000, 1, false);
    test_name("1700000010.500-0000000001.tsv.part", 1700000010500, 1, true);
    test_name("-5-0000000012.tsv", -5000, 12, false);
    test_name("0-12345678901.tsv", 0, 12345678901, false);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        struct segment_name name;
        tap_ok(!segment_read_name(foreign[i], &name), "'%s' is no name", foreign[i]);
    }
}

#define ROW_A   "a\tc\tcount\t1\t1700000010\n"
#define ROW_B   "b;k=v\tms\tmean\t1.5\t1700000010\r\n"
#define ROW_NEW "a\tnew\tvalue\t1\t1700000010\n"
#define ROW_END "statsd\town\tnumStats\t2\t1700000010\n"

static void test_whole(const char *text, size_t length, const char *expected, uint64_t count)
{
    char kept[1024];
    size_t kept_length = 0;
    uint64_t lines = 0;
    const char *from = text, *end = text + length;
    struct span stretch;
    for (; (stretch = segment_whole_rows(from, end, &lines)).length; from = stretch.text + stretch.length) {
        memcpy(kept + kept_length, stretch.text, stretch.length);
        kept_length += stretch.length;
    }
    tap_ok(lines == count && kept_length == strlen(expected) && memcmp(kept, expected, kept_length) == 0,
           "%llu whole rows in %zu bytes", (unsigned long long)count, length);
}

#define WHOLE(text, expected, count) test_whole(text, sizeof(text) - 1, expected, count)

static void test_rows(void)
{
    WHOLE("", "", 0);
    WHOLE(ROW_A ROW_B ROW_NEW ROW_END, ROW_A ROW_B ROW_NEW ROW_END, 4);
    WHOLE(ROW_A "a\tc\tcount\t1\t17", ROW_A, 1);
    WHOLE("\0\0\0\0" ROW_A, "", 0);
    WHOLE(ROW_A "\0\0\0\0\n" ROW_END, ROW_A ROW_END, 2);
    WHOLE("\n\n" ROW_A "\n" ROW_END "rest", ROW_A ROW_END, 2);
    WHOLE(ROW_A "a\tc\tcount\t\0\0\0\n" ROW_B, ROW_A ROW_B, 2);
    tap_ok(segment_count_lines(SPAN(ROW_A ROW_B "rest")) == 2, "lines are counted by their LFs");
    tap_ok(segment_count_lines(SPAN("")) == 0, "of nothing there are none");
}

int main(void)
{
    test_names();
    test_rows();
    return tap_done();
}
