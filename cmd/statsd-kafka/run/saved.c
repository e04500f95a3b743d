#include "run/saved.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "format/columns.h"
#include "run/fields.h"

bool saved_read(struct span line, struct saved *saved)
{
    enum { SERIES, TYPE, VALUE, RATE, TIME, WORDS, COLUMNS };
    struct span columns[COLUMNS], word, number;
    size_t count = columns_split(line.text, line.length, columns, COLUMNS);
    struct saved read = { .is_asked = false };
    bool is_none = false;
    if (count < WORDS || !span_is(columns[SERIES], "statsd.closed") || !span_is(columns[TYPE], "g") ||
        !field_time(columns[VALUE], &read.end) || read.end == FIELD_NO_TIME)
        return false;
    struct span words = count > WORDS ? columns[WORDS] : SPAN("");
    while (field_next(&words, ' ', &word)) {
        is_none |= span_is(word, "none");
        if (field_after(word, "saved=", &number) && !(read.is_asked = field_number(number, &read.number)))
            return false;
    }
    if (is_none)
        read.end = FIELD_NO_TIME;
    *saved = read;
    return true;
}

/* Reads the file's last `length` bytes. */
static bool read_tail(int fd, off_t size, char *text, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = pread(fd, text + done, length - done, size - (off_t)(length - done));
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* The last line is as long as there are open intervals. */
bool saved_read_file(int fd, struct saved *saved)
{
    enum { USUAL = 1 << 12 };
    struct stat status;
    if (fstat(fd, &status) < 0 || status.st_size < 1)
        return false;
    size_t size = (size_t)status.st_size, length = size < USUAL ? size : USUAL;
    for (;; length = size < 2 * length ? size : 2 * length) {
        char *text = xmalloc(length);
        const char *lf = NULL;
        bool is_read = read_tail(fd, status.st_size, text, length) && text[length - 1] == '\n';
        if (is_read)
            lf = memrchr(text, '\n', length - 1);
        bool is_whole = is_read && (lf || length == size);
        const char *start = lf ? lf + 1 : text;
        bool is_good = is_whole && saved_read(span_between(start, text + length - 1), saved);
        free(text);
        if (is_whole || !is_read)
            return is_good;
    }
}
