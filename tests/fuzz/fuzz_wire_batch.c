/* Any bytes as texts of lines: a text gives the same records whether wire_batch takes a line,
 * leaves it to the grammar, or the grammar takes all lines. The first bytes select what is allowed
 * and how much room there is, and follow the text. */
#include "fuzz.h"
#include "wire/grammar.h"
#include "wire/batch.h"

enum { OPTIONS = 8 };

struct reading {
    struct grammar grammar;
    size_t room;
    char *memory; /* of room bytes, guarded by the address sanitizer */
    const uint8_t *pattern;
};

static enum wire_batch_stop write_in_room(struct wire_batch *b, const struct reading *r, struct records *out)
{
    char *to = r->memory;
    enum wire_batch_stop stop = wire_batch_write(b, &to, r->memory + r->room, &out->lines);
    size_t length = (size_t)(to - r->memory);
    require(length <= r->room);
    records_reserve(out, length);
    memcpy(out->end, r->memory, length);
    out->end += length;
    return stop;
}

/* Reads the complete lines of the text, the plain ones by batch. Returns where they end. */
static const char *take_by_batch(struct wire_batch *b, struct reading *r, const char *text, const char *end, bool ended,
                                 struct records *out)
{
    const char *last = end;
    while (!ended && last > text && last[-1] != '\n')
        last--;
    wire_batch_stamp(b, r->grammar.time, r->grammar.source);
    wire_batch_open(b, text, end, ended);
    for (;;) {
        uint64_t before = out->lines;
        const char *from = b->next;
        enum wire_batch_stop stop = write_in_room(b, r, out);
        require(b->next >= from && b->next <= end && (b->next > from) == (out->lines > before));
        if (stop == WIRE_BATCH_FULL && out->lines > before)
            continue;
        if (b->next >= last)
            return b->next;
        wire_batch_skip(b, grammar_take_next(&r->grammar, b->next, last, out));
    }
}

static void check_text(struct wire_batch *b, struct reading *r, const char *text, size_t length, bool ended)
{
    struct records batch = { .text = NULL }, grammar = { .text = NULL };
    char *copy = copy_with_slack(text, length, WIRE_BATCH_SLACK, r->pattern, OPTIONS);
    const char *end = take_by_batch(b, r, copy, copy + length, ended, &batch);
    for (const char *p = copy; p < end;)
        p = grammar_take_next(&r->grammar, p, end, &grammar);
    require(ended ? end == copy + length : !memchr(end, '\n', (size_t)(copy + length - end)));
    require(records_equal(&batch, &grammar));
    free(copy);
    free(batch.text);
    free(grammar.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct span sources[] = {
        { "", 0 },
        { "127.0.0.1:8125", 14 },
        SPAN("a source\tof as many bytes as there can be, which is eighty, not counting the end"),
        SPAN("[::1]:1")
    };
    struct wire_batch b;
    if (size <= OPTIONS)
        return 0;
    struct wire_options options = wire_defaults;
    struct reading r = { .pattern = data, .grammar.source = sources[data[0] & 3] };
    options.max_name = data[1] < 128 ? data[1] : 4096;
    r.grammar.max_line = data[2] < 128 ? data[2] : 65536;
    r.room = data[3] < 128 ? 100 + 8 * (size_t)data[3] : 8192;
    r.memory = malloc(r.room);
    r.grammar.time = data[4] * INT64_C(100000000001);
    const char *text = (const char *)data + OPTIONS;
    size_t length = size - OPTIONS, first = length * data[5] / 255;
    options.raw_names = data[6] & 1;
    options.flavours = data[6] & 2 ? (data[6] >> 2) & TAGS_ALL : TAGS_ALL;
    wire_init(&r.grammar.wire, &options);
    wire_batch_init(&b, r.grammar.max_line, 0, &options);
    /* Several texts with one batch, to test what it remembers from one to the next: names and tags
     * are noted the first time, kept the second time, and then remembered. */
    check_text(&b, &r, text, first, data[0] & 4);
    check_text(&b, &r, text + first, length - first, data[0] & 8);
    check_text(&b, &r, text, length, data[0] & 4);
    check_text(&b, &r, text, length, data[0] & 8);
    wire_batch_free(&b);
    wire_free(&r.grammar.wire);
    free(r.memory);
    return 0;
}
