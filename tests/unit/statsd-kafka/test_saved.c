/* The last line of a state. */
#include "run/saved.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "run/fields.h"
#include "tap.h"

static void test_good(const char *line, bool is_asked, int64_t number, int64_t end)
{
    struct saved saved = { .is_asked = !is_asked };
    tap_ok(saved_read((struct span){ line, strlen(line) }, &saved) && saved.is_asked == is_asked &&
               (!is_asked || saved.number == number) && saved.end == end,
           "%s", line);
}

static void test_lines(void)
{
    static const char *const bad[] = {
        "",
        "statsd.closed\tg\t1020\t1",
        "statsd.closed\tc\t1020\t1\t1020.000",
        "statsd.open\tg\t1020\t1\t1020.000",
        "statsd.closed\tg\tx\t1\t1020.000",
        "statsd.closed\tg\tnone\t1\t1020.000",
        "statsd.closed\tg\t1020\t1\t1020.000\tsaved=",
        "statsd.closed\tg\t1020\t1\t1020.000\tsaved=-1",
        "statsd.closed\tg\t1020\t1\t1020.000\tsaved=99999999999999999999",
    };
    test_good("statsd.closed\tg\t1020\t1\t1020.000\tfilled=1010 open=1020,1,0 saved=7", true, 7, 1020000);
    test_good("statsd.closed\tg\t1020.500\t1\t1020.500\tsaved=0", true, 0, 1020500);
    test_good("statsd.closed\tg\t0\t1\t0.000\tnone saved=3", true, 3, FIELD_NO_TIME);
    test_good("statsd.closed\tg\t1020\t1\t1020.000", false, 0, 1020000);
    test_good("statsd.closed\tg\t1020\t1\t1020.000\tunsaved=1 saved", false, 0, 1020000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct saved saved;
        tap_ok(!saved_read((struct span){ bad[i], strlen(bad[i]) }, &saved), "not '%s'", bad[i]);
    }
}

static bool read_text(const char *text, size_t length, struct saved *saved)
{
    FILE *file = tmpfile();
    bool is_good =
        file && fwrite(text, 1, length, file) == length && fflush(file) == 0 && saved_read_file(fileno(file), saved);
    if (file)
        fclose(file);
    return is_good;
}

#define END "statsd.closed\tg\t1020\t1\t1020.000\t"

static void test_files(void)
{
    struct saved saved;
    size_t filler = 100000;
    char *text = xmalloc(filler + 1000);
    tap_ok(!read_text("", 0, &saved), "an empty file is none");
    tap_ok(!read_text("\n", 1, &saved), "an empty line is none");
    tap_ok(read_text(END "saved=1\n", strlen(END) + 8, &saved) && saved.number == 1, "a file of one line");
    tap_ok(!read_text(END "saved=12", strlen(END) + 8, &saved), "a line without its end is none");
    tap_ok(read_text("x\n" END "saved=1\n", strlen(END) + 10, &saved), "a file of two lines");
    memset(text, 'x', filler);
    text[filler - 1] = '\n';
    size_t length = filler + (size_t)sprintf(text + filler, END "saved=2\n");
    tap_ok(read_text(text, length, &saved) && saved.number == 2, "the last line of a long file");
    length = (size_t)sprintf(text, "x\n" END);
    memset(text + length, 'o', filler);
    length += filler;
    length += (size_t)sprintf(text + length, " saved=3\n");
    tap_ok(read_text(text, length, &saved) && saved.number == 3, "a last line of 100,000 bytes");
    free(text);
}

int main(void)
{
    test_lines();
    test_files();
    return tap_done();
}
