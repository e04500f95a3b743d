/* Any bytes as lines of records: what record_plain accepts, with what it remembers of earlier
 * lines, record_parse accepts as the same record. The first bytes are put before the first line and
 * after the last. */
#include <math.h>

#include "fuzz.h"
#include "format/record_plain.h"

enum { BESIDE = 16 };

static bool is_same_place(struct span a, struct span b)
{
    return a.text == b.text && a.length == b.length;
}

static bool is_same_number(double a, double b)
{
    return a == b && !signbit(a) == !signbit(b);
}

static void check_line(struct record_memo *memo, const char *line, size_t length)
{
    struct record quick, careful;
    struct span culprit;
    if (!record_plain(memo, line, length, &quick))
        return;
    require(record_parse(line, length, &careful, &culprit) == RECORD_OK);
    require(is_same_place(quick.series, careful.series) && is_same_place(quick.value, careful.value));
    require(quick.type == careful.type && quick.time == careful.time);
    require(is_same_number(quick.number, careful.number) && is_same_number(quick.rate, careful.rate));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_memo memo = RECORD_MEMO_NONE;
    if (size <= BESIDE)
        return 0;
    size_t length = size - BESIDE;
    char *memory = malloc(RECORD_BEFORE + length + RECORD_SLACK), *text = memory + RECORD_BEFORE;
    memcpy(text, data + BESIDE, length);
    for (size_t i = 0; i < RECORD_SLACK; i++)
        text[length + i] = (char)data[i % BESIDE];
    for (size_t i = 1; i <= RECORD_BEFORE; i++)
        text[-(ptrdiff_t)i] = (char)data[(BESIDE - i % BESIDE) % BESIDE];
    const char *end = text + length, *p = text;
    while (p < end) {
        const char *newline = line_end(p, end);
        check_line(&memo, p, (size_t)(newline - p));
        p = newline + 1;
    }
    free(memory);
    return 0;
}
