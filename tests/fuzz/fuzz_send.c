/* What statsd-send reads. The first line is a place, as an operand or of an option: it is refused,
 * or has a port, a weight and a name. The other lines are records: the line of each is what the
 * wire reads back as the same record (line.h checks that itself), and the fast way (plain.h) writes
 * the same bytes as the careful one. */
#include <math.h>

#include "fuzz.h"
#include "config.h"
#include "format/columns.h"
#include "format/record.h"
#include "line.h"
#include "plain.h"

static void check_place(const char *text)
{
    static const enum net_kind kinds[] = { NET_UDP, NET_TCP, NET_UNIX, NET_UNIXGRAM };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct config c = { 0 };
        if (config_add_place(&c, kinds[i], text)) {
            require(c.count == 1 && c.nodes[0].weight > 0 && isfinite(c.nodes[0].weight));
            require(*c.outlets[0].target.text && strlen(c.outlets[0].target.text) < sizeof c.outlets[0].target.text);
            require(shard_choose(c.nodes, 1, (struct span){ text, strlen(text) }) == 0);
        }
        config_free(&c);
    }
}

static void check_line(struct line_writer *w, struct plain_memo *memo, const char *text, size_t length)
{
    struct record r;
    struct span culprit, columns[5], series;
    char *plain = malloc(length + 1);
    char *end = w->options.timestamps ? NULL : plain_write(memo, text, text + length, plain, &series);
    bool is_good = record_parse(text, length, &r, &culprit) == RECORD_OK;
    require(is_good || !end);
    if (is_good) {
        columns_split(text, length, columns, 5);
        struct span line = line_write(w, &r, columns[3]);
        if (end) {
            require(line.length == (size_t)(end - plain) && memcmp(line.text, plain, line.length) == 0);
            require(series.text == r.series.text && series.length == r.series.length);
        }
        plain_remember(memo, columns[3].text, text + length);
    }
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum tags_flavour flavours[] = { TAGS_DOGSTATSD, TAGS_GRAPHITE, TAGS_INFLUX, TAGS_LIBRATO,
                                                  TAGS_SIGNALFX };
    if (size < 2)
        return 0;
    struct line_options options = { flavours[data[0] % 5], data[0] & 128 };
    struct line_writer writer;
    struct plain_memo memo = { 0 };
    line_init(&writer, &options);
    const char *p = (const char *)data + 1, *end = (const char *)data + size;
    bool is_place = true;
    while (p < end) {
        const char *newline = line_end(p, end);
        size_t length = (size_t)(newline - p);
        char *copy = malloc(length + 1); /* of exactly this length, so that no byte after it is read */
        memcpy(copy, p, length);
        if (is_place) {
            copy[length] = '\0';
            check_place(copy);
        } else {
            copy = realloc(copy, length ? length : 1);
            check_line(&writer, &memo, copy, length);
        }
        free(copy);
        is_place = false;
        p = newline + 1;
    }
    line_free(&writer);
    return 0;
}
