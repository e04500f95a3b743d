/* Any bytes as a text of lines: the reader makes the records that the grammar makes, and the same
 * records, refusals and counts of the whole text with all the room there can be and of pieces of it
 * with little room. The first bytes choose the options, the room and the pieces. */
#include "fuzz.h"
#include "base/die.h"
#include "wire/grammar.h"
#include "wire/reader.h"

#include <fcntl.h>

enum { OPTIONS = 8, ARRIVAL = 1700000000 };

/* What a reading of the text comes to. */
struct reading {
    struct out records;
    struct side rejects; /* not open: it keeps what it gets */
    struct refusals refusals;
    struct reader_counts counts;
    struct reader reader;
    struct records written;
};

static void begin(struct reading *r, const struct reader_options *options, size_t room)
{
    *r = (struct reading){ .refusals = { .complaint = { .what = "bad" }, .rejects = &r->rejects },
                           .rejects = { .path = "rejects", .fd = -1 } };
    out_init(&r->records, open("/dev/null", O_WRONLY), "records", room, OUT_QUEUE);
    reader_init(&r->reader, options, &r->records, &r->refusals, &r->counts);
}

static void end(struct reading *r)
{
    reader_free(&r->reader);
    out_close(&r->records);
    free(r->rejects.buffer);
    free(r->written.text);
}

/* Reads a piece to its end, and returns how many of its bytes were read. */
static size_t read_piece(struct reading *r, const char *text, size_t length, bool is_last, const uint8_t *pattern)
{
    char *copy = copy_with_slack(text, length, READER_SLACK, pattern, OPTIONS);
    struct reader_text piece = { copy, copy + length, is_last ? READER_TAIL_LINE : READER_TAIL_OPEN };
    enum reader_result result;
    reader_open(&r->reader, piece, ARRIVAL, (struct reader_origin){ .file = "f", .line = r->reader.number });
    do {
        result = reader_run(&r->reader);
        size_t pending = out_pending(&r->records);
        require(result == READER_DONE || (result == READER_FULL && pending));
        records_reserve(&r->written, pending);
        memcpy(r->written.end, r->records.buffer + r->records.start, pending);
        r->written.end += pending;
        r->records.start = r->records.end = 0;
    } while (result == READER_FULL);
    size_t done = (size_t)(r->reader.next - copy);
    require(done <= length && (!is_last || done == length));
    free(copy);
    return done;
}

/* Reads the text in pieces of up to `most` bytes beside what the piece before has left. */
static void read_pieces(struct reading *r, const char *text, size_t length, size_t most, const uint8_t *pattern)
{
    for (size_t from = 0, to = 0; to < length || !to;) {
        to = length - to < most ? length : to + most;
        from += read_piece(r, text + from, to - from, to == length, pattern);
        if (to == length)
            return;
    }
}

static void check_same(const struct reading *a, const struct reading *b)
{
    size_t length = a->rejects.end;
    require(records_equal(&a->written, &b->written));
    require(memcmp(&a->counts, &b->counts, sizeof a->counts) == 0 && a->reader.number == b->reader.number);
    require(length == b->rejects.end && (!length || !memcmp(a->rejects.buffer, b->rejects.buffer, length)));
    require(a->counts.bad == a->refusals.complaint.total && a->counts.bad >= a->counts.skewed);
}

static void check_grammar(const struct reading *r, const struct reader_options *options, const char *text,
                          size_t length)
{
    struct grammar g = { .max_line = options->max_line, .time = ARRIVAL };
    struct records records = { .text = NULL };
    wire_init(&g.wire, &options->wire);
    for (const char *p = text; p < text + length;)
        p = grammar_take_next(&g, p, text + length, &records);
    records.lines = r->written.lines;
    require(records_equal(&r->written, &records));
    wire_free(&g.wire);
    free(records.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading whole, pieces;
    if (size <= OPTIONS)
        return 0;
    struct reader_options options = {
        .wire = wire_defaults,
        .max_line = data[0] < 128 ? 1 + data[0] : 65536,
        .max_skew = data[1] < 128 ? 0 : data[1] * INT64_C(5000000000),
    };
    const char *text = (const char *)data + OPTIONS;
    size_t length = size - OPTIONS;
    options.wire.max_name = data[4] < 128 ? 1 + data[4] : 4096;
    die_set_verbosity(-1);
    begin(&whole, &options, 1 << 16);
    begin(&pieces, &options, 8 + 16 * (size_t)data[2]);
    read_piece(&whole, text, length, true, data);
    read_pieces(&pieces, text, length, 1 + (size_t)data[3], data);
    check_same(&whole, &pieces);
    if (!options.max_skew)
        check_grammar(&whole, &options, text, length);
    end(&whole);
    end(&pieces);
    return 0;
}
