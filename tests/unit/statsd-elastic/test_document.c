/* document: a point → the lines of _bulk. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct documents documents;

/* Writes a point and returns its second line; the first is in `head`. */
static char head[512];

static void writes(enum aggregate_type type, const char *series, const struct point_value *values, size_t count,
                   int64_t time, const char *expected)
{
    const struct point p = { { series, strlen(series) }, type, time, SPAN("17"), values, count };
    size_t size = documents_size(&p);
    char *text = calloc(size + 1, 1);
    size_t length = (size_t)(documents_write(&documents, text, &p) - text);
    text[length] = '\0'; /* number_format leaves more behind what it has written */
    char *second = strchr(text, '\n') + 1;
    snprintf(head, sizeof head, "%.*s", (int)(second - text), text);
    if (!tap_ok(length <= size && strcmp(second, expected) == 0, "%s", expected))
        tap_note("%s", second);
    free(text);
}

int main(void)
{
    const struct point_value counter[] = { { SPAN("count"), SPAN("3") }, { SPAN("rate"), SPAN(".3") } };
    const struct point_value own[] = { { SPAN("name"), SPAN("1") }, { SPAN("a\\t\"b"), SPAN("2") } };
    const struct point_value bin[] = { { SPAN("histogram"), SPAN("1") } };
    const struct point_value twice[] = { { SPAN("value"), SPAN("1") }, { SPAN("value"), SPAN("+2") } };
    char first[512];
    documents_init(&documents, "statsd-%Y.%m.%d", false);
    writes(AGGREGATE_COUNTER, "api;env=prod", counter, 2, 1700000010000,
           "{\"@timestamp\":\"2023-11-14T22:13:30Z\",\"name\":\"api\",\"type\":\"counter\",\"tags\":{\"env\":\"prod\"},"
           "\"count\":3,\"rate\":0.3}\n");
    memcpy(first, head, sizeof first);
    tap_ok(strstr(head, "\"_index\":\"statsd-2023.11.14\""), "%s", head);
    writes(AGGREGATE_COUNTER, "api;env=prod", counter, 1, 1700000010000,
           "{\"@timestamp\":\"2023-11-14T22:13:30Z\",\"name\":\"api\",\"type\":\"counter\",\"tags\":{\"env\":\"prod\"},"
           "\"count\":3}\n");
    tap_ok(strcmp(head, first) == 0, "the id is that of series, type and time");
    writes(AGGREGATE_SET, "api;env=prod", counter, 1, 1700000010000,
           "{\"@timestamp\":\"2023-11-14T22:13:30Z\",\"name\":\"api\",\"type\":\"set\",\"tags\":{\"env\":\"prod\"},"
           "\"count\":3}\n");
    tap_ok(strcmp(head, first) != 0, "of the type");
    writes(AGGREGATE_GAUGE, "a", twice, 2, 250,
           "{\"@timestamp\":\"1970-01-01T00:00:00.250Z\",\"name\":\"a\",\"type\":\"gauge\",\"value\":2}\n");
    writes(AGGREGATE_TIMER, "a;le=5", bin, 1, -1,
           "{\"@timestamp\":\"1969-12-31T23:59:59.999Z\",\"name\":\"a\",\"type\":\"timer\",\"tags\":{\"le\":\"5\"},"
           "\"histogram.bin\":1}\n");
    writes(AGGREGATE_OWN, "statsd", own, 2, 0,
           "{\"@timestamp\":\"1970-01-01T00:00:00Z\",\"name\":\"statsd\",\"type\":\"own\",\"_name\":1,"
           "\"a\\t\\\"b\":2}\n");
    memcpy(first, head, sizeof first);
    writes(AGGREGATE_OWN, "statsd", own + 1, 1, 0,
           "{\"@timestamp\":\"1970-01-01T00:00:00Z\",\"name\":\"statsd\",\"type\":\"own\",\"a\\t\\\"b\":2}\n");
    tap_ok(strcmp(head, first) != 0, "own figures of two programs are two documents");
    documents_free(&documents);
    tap_ok(!document_index_fault("statsd-%Y.%m.%d", false) && !document_index_fault("a", true), "good names");
    tap_ok(document_index_fault("", false) && document_index_fault("-a", false) && document_index_fault("a b", true) &&
               document_index_fault("%A", false) && document_index_fault("a\"", false),
           "bad names");
    return tap_done();
}
