/* Any bytes as a stream of lines or of messages: the same records, refusals and counts of the whole
 * in one piece with all the room there can be, and of pieces with little room. The first bytes
 * choose the options, the room and the pieces. */
#include "fuzz.h"

#include <fcntl.h>

#include "base/die.h"
#include "stream.h"

enum { OPTIONS = 6, ARRIVAL = 1700000000 };

struct reading {
    struct out out;
    struct side rejects; /* not open: it keeps what it gets */
    struct refusals refusals;
    struct reader_counts counts;
    struct reader reader;
    struct streams all;
    struct stream stream;
    char *records;
    size_t length;
    bool is_refused;
};

static size_t sender_text(const void *sender, char *text)
{
    (void)sender;
    strcpy(text, "unix:1");
    return strlen(text);
}

static void begin(struct reading *r, const struct reader_options *options, enum stream_form form, size_t room)
{
    *r = (struct reading){ .rejects = { .path = "rejects", .fd = -1 }, .stream.form = form };
    r->refusals = (struct refusals){ .complaint = { .what = "bad" }, .rejects = &r->rejects };
    out_init(&r->out, open("/dev/null", O_WRONLY), "records", room, OUT_QUEUE);
    reader_init(&r->reader, options, &r->out, &r->refusals, &r->counts);
    streams_init(&r->all, &r->reader, options->max_line);
}

static void end(struct reading *r)
{
    stream_free(&r->stream);
    streams_free(&r->all);
    reader_free(&r->reader);
    out_close(&r->out);
    free(r->rejects.buffer);
    free(r->records);
}

static void keep_records(struct reading *r)
{
    size_t pending = out_pending(&r->out);
    r->records = realloc(r->records, r->length + pending + 1);
    memcpy(r->records + r->length, r->out.buffer + r->out.start, pending);
    r->length += pending;
    r->out.start = r->out.end = 0;
}

static void give(struct reading *r, const char *text, size_t length, enum stream_state state)
{
    size_t size;
    char *room = stream_take(&r->all, &r->stream, ARRIVAL, (struct reader_origin){ .sender_text = sender_text }, &size);
    require(size >= length);
    memcpy(room, text, length);
    while (stream_run(&r->all, length, state) == READER_FULL) {
        require(out_pending(&r->out));
        keep_records(r);
        length = 0;
    }
    keep_records(r);
    r->is_refused = stream_is_refused(&r->all);
    require(state == STREAM_OPEN || !r->stream.rest.length);
}

static void read_pieces(struct reading *r, const char *text, size_t length, size_t most, enum stream_state state)
{
    for (size_t from = 0; from < length && !r->is_refused; from += most)
        give(r, text + from, length - from < most ? length - from : most, STREAM_OPEN);
    if (!r->is_refused)
        give(r, "", 0, state);
}

static bool equal(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return a_length == b_length && (!a_length || memcmp(a, b, a_length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading whole, pieces;
    if (size <= OPTIONS)
        return 0;
    struct reader_options options = {
        .wire = wire_defaults,
        .max_line = data[0] < 128 ? 1 + data[0] : 65536,
        .source = data[1] & 1,
    };
    enum stream_form form = data[1] & 2 ? STREAM_UNKNOWN : STREAM_LINES;
    enum stream_state state = data[1] & 4 ? STREAM_CLOSED : STREAM_BROKEN;
    const char *text = (const char *)data + OPTIONS;
    size_t length = size - OPTIONS;
    die_set_verbosity(-1);
    begin(&whole, &options, form, 1 << 20);
    begin(&pieces, &options, form, 8 + 16 * (size_t)data[2]);
    read_pieces(&whole, text, length, length, state);
    read_pieces(&pieces, text, length, 1 + (size_t)data[3], state);
    require(equal(whole.records, whole.length, pieces.records, pieces.length));
    require(equal(whole.rejects.buffer, whole.rejects.end, pieces.rejects.buffer, pieces.rejects.end));
    require(memcmp(&whole.counts, &pieces.counts, sizeof whole.counts) == 0);
    require(whole.all.messages == pieces.all.messages && whole.is_refused == pieces.is_refused);
    end(&whole);
    end(&pieces);
    return 0;
}
