/* Any bytes as an answer of InfluxDB, its status in the first line: a verdict comes of it, and
 * words of one line. And as a series and a statistic in the line protocol: one line comes of
 * them. */
#include <stdlib.h>

#include "answers.h"
#include "fuzz.h"
#include "protocol.h"
#include "sink/http_answer.h"

static void check_words(const struct http_answer *a)
{
    char words[HTTP_WORDS_MAX], reason[HTTP_WORDS_MAX];
    size_t length = http_words(a->body, words), reason_length = http_reason(a, reason);
    require(length < sizeof words && strlen(words) == length && reason_length < sizeof reason);
    for (size_t i = 0; i < length; i++)
        require((unsigned char)words[i] >= ' ' && words[i] != 127);
}

static void check_line(const char *bytes, size_t length)
{
    struct protocol p;
    const char *middle = memchr(bytes, '\n', length);
    size_t series = middle ? (size_t)(middle - bytes) : length;
    const struct point_value value = { { bytes + series, length - series }, SPAN("1") };
    const struct point point = { { bytes, series }, AGGREGATE_OWN, 1000, SPAN("1"), &value, 1 };
    protocol_init(&p, SPAN(""));
    size_t size = protocol_size(&p, &point);
    char *line = malloc(size);
    size_t written = (size_t)(protocol_write(&p, line, &point) - line);
    require(written <= size && memchr(line, '\n', written) == line + written - 1);
    free(line);
    protocol_free(&p);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *bytes = (const char *)data, *newline = memchr(bytes, '\n', size);
    size_t first = newline ? (size_t)(newline - bytes) + 1 : 0;
    struct http_answer a = { .failure = "none", .body = { bytes + first, size - first } };
    for (size_t i = 0; i + 1 < first && i < 3; i++)
        a.status = a.status * 10 + (bytes[i] >= '0' && bytes[i] <= '9' ? bytes[i] - '0' : 0);
    require(answers_verdict(&a) <= HTTP_KEPT);
    check_words(&a);
    check_line(bytes, size);
    return 0;
}
