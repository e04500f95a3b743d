#include "wire/batch.h"

#include "base/number.h"
#include "base/word.h"
#include "format/columns.h"
#include "wire/marked.h"
#include "wire/marks.h"

/* How much text is marked together, so that offsets are small and a long line is not gone through
 * again and again. */
enum { SPAN_MAX = 1 << 16, MARKS_A_LINE = 6 };

/* Where few lines are plain, marking costs more than it saves. So an odd line adds 1 to a score and
 * a plain one subtracts PLAIN_WEIGHT. At ODD_MAX the next REST_LEAST lines are left to others
 * without a look, and then the score starts at ODD_AGAIN. Each rest is twice as long as the last,
 * up to REST_MOST, until the score has been 0: after a run of odd lines, about as many plain lines
 * as the run has are left to others, not more. */
enum { ODD_MAX = 16, ODD_AGAIN = 8, PLAIN_WEIGHT = 2, REST_LEAST = 8, REST_MOST = 512 };

const struct marked_type marked_types[256] = {
#define TYPE(place, name, letters, first, second, value, with_sign, source, family)                                    \
    TYPES_IF_##source([first] = { RECORD_TYPE_COLUMN(first, second), sizeof(letters), (second) == '\t' ? 0 : (second), \
                                  (second) == '\t' ? 0 : 0xff, RECORD_VALUE_##value == RECORD_VALUE_MEMBER }, )
    RECORD_TYPE_ROWS(TYPE)
#undef TYPE
};

/* Bits that differ add up to what they are or-ed to. */
#define FIRST_BIT(first)                                                           (UINT64_C(1) << ((first)&63))
#define ADD(place, name, letters, first, second, value, with_sign, source, family) TYPES_IF_##source(+FIRST_BIT(first))
#define OR(place, name, letters, first, second, value, with_sign, source, family)  TYPES_IF_##source(| FIRST_BIT(first))
_Static_assert((0 RECORD_TYPE_ROWS(ADD)) == (0 RECORD_TYPE_ROWS(OR)), "two types of lines begin with the same letter");
#undef FIRST_BIT
#undef ADD
#undef OR

void wire_batch_init(struct wire_batch *b, size_t max_line, int64_t max_skew, const struct wire_options *options)
{
    *b = (struct wire_batch){ .max_line = max_line, .max_skew = max_skew, .options = *options };
    tagged_init(&b->tagged);
}

void wire_batch_free(struct wire_batch *b)
{
    tagged_free(&b->tagged);
}

void wire_batch_stamp(struct wire_batch *b, int64_t time, struct span source)
{
    if (!b->time_length || b->time != time) {
        memcpy(b->tail, "\t1\t", 3);
        b->time = time;
        b->time_length = clock_format_millis(time, b->tail + 3);
    }
    char *to = b->tail + 3 + b->time_length;
    if (source.length) {
        *to++ = '\t';
        to = columns_escape(to, source);
    }
    *to++ = '\n';
    b->tail_length = (size_t)(to - b->tail);
}

void wire_batch_open(struct wire_batch *b, const char *text, const char *end, bool ended)
{
    b->next = text;
    b->end = end;
    b->ended = ended;
    b->used = b->count = 0;
}

/* Marks the lines from next on. False when there is no whole line. */
static bool find_lines(struct wire_batch *b)
{
    const char *p = b->next, *end = b->end - p > SPAN_MAX ? p + SPAN_MAX : b->end;
    uint32_t *mark = b->marks;
    b->base = p;
    for (; p < end && mark <= b->marks + WIRE_BATCH_MARKS - MARKS_STRETCH; p += MARKS_STRETCH) {
        uint64_t bits = marks_bits(p);
        if (end - p < MARKS_STRETCH)
            bits &= (UINT64_C(1) << (end - p)) - 1;
        mark = marks_write(mark, bits, (uint32_t)(p - b->base));
    }
    if (b->ended && p >= b->end && b->next < b->end && b->end[-1] != '\n')
        *mark++ = (uint32_t)(b->end - b->base);
    else
        while (mark > b->marks && b->base[mark[-1]] != '\n')
            mark--;
    memset(mark, 0, (MARKS_A_LINE - 1) * sizeof *mark);
    b->used = 0;
    b->count = (size_t)(mark - b->marks);
    return b->count != 0;
}

/* A line by its marks. */
struct marked {
    const char *name, *colon, *bar, *type_end, *newline;
    size_t rate_length, marks; /* 0: no rate was sent; how many marks there are */
};

bool marked_learn_rate(struct wire_batch *b, const char *rate, size_t length, uint64_t word)
{
    double value;
    if (number_parse(rate, length, &value) != NUMBER_OK || !(value > 0 && value <= 1))
        return false;
    b->rate_word = word;
    return true;
}

/* Reads `@rate` after the bar at the type's end. */
static inline bool read_rate(struct wire_batch *b, const uint32_t *marks, struct marked *line)
{
    const char *at = b->base + marks[3], *end = b->base + marks[4];
    if (at != line->type_end + 1 || *at != '@')
        return false;
    line->newline = end;
    line->rate_length = (size_t)(end - at - 1);
    line->marks = 5;
    return marked_rate(b, at + 1, line->rate_length);
}

/* Reads what can be between the type and the line's end, `|@rate` and CR. */
static inline bool read_rest(struct wire_batch *b, const uint32_t *marks, struct marked *line)
{
    if (*line->type_end == '|' && !read_rate(b, marks, line))
        return false;
    if (*line->newline == '\r' && line->newline != b->end) {
        line->newline++;
        line->marks++;
    }
    return *line->newline == '\n' || line->newline == b->end;
}

/* Reads the line at `name`. False when it is for others. A mark after the last is the first byte
 * of the text, so that all can be read, and the order of marks shows that they are there. */
static inline bool read_marks(struct wire_batch *b, const char *name, const uint32_t *marks, struct marked *line)
{
    const char *colon = b->base + marks[0], *bar = b->base + marks[1], *type_end = b->base + marks[2];
    *line = (struct marked){ name, colon, bar, type_end, type_end, 0, 3 };
    if (*type_end != '\n' && type_end != b->end && !read_rest(b, marks, line))
        return false;
    const struct marked_type *type = &marked_types[(unsigned char)bar[1]];
    size_t name_length = (size_t)(colon - name), value_length = (size_t)(bar - colon - 1);
    bool has_parts = (*colon == ':') & (*bar == '|') & (type_end - bar == type->end) &
                     (((unsigned char)bar[2] & type->second_mask) == type->second);
    bool fits = (name_length - 1 < b->options.max_name) & ((size_t)(line->newline - name) <= b->max_line);
    bool may_be_dots = *name == '.'; /* nothing but dots is no name */
    bool is_good = has_parts & fits & !may_be_dots;
    return is_good && value_length && (marks_is_number(colon + 1, value_length) | type->has_members);
}

static inline char *write_record(const struct wire_batch *b, char *to, const struct marked *line)
{
    const struct marked_type *type = &marked_types[(unsigned char)line->bar[1]];
    to = marked_move(to, line->name, (size_t)(line->colon - line->name), NAME_MOVE);
    memcpy(to, type->column, sizeof type->column);
    to = marked_move(to + type->end + 1, line->colon + 1, (size_t)(line->bar - line->colon - 1), VALUE_MOVE);
    const char *tail = b->tail;
    size_t tail_length = b->tail_length;
    if (line->rate_length) {
        *to++ = '\t';
        to = marked_move(to, line->type_end + 2, line->rate_length, RATE_MOVE);
        tail += 2;
        tail_length -= 2;
    }
    return marked_move(to, tail, tail_length, TAIL_MOVE);
}

/* Writes the records of plain lines by their marks: the places of the bytes that may not stand in a
 * name. The last one of a line is its LF or the end of the text; before that byte no check of a
 * place is needed. */
static enum wire_batch_stop write_marked(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines)
{
    enum wire_batch_stop stop = WIRE_BATCH_END;
    const uint32_t *marks = b->marks + b->used, *last = b->marks + b->count;
    const char *name = b->next;
    char *p = *to;
    struct marked line;
    while (marks < last) {
        if (!read_marks(b, name, marks, &line)) {
            stop = WIRE_BATCH_ODD;
            break;
        }
        if ((size_t)(to_end - p) < (size_t)(line.newline - name) + b->tail_length + OVERSHOOT) {
            stop = WIRE_BATCH_FULL;
            break;
        }
        p = write_record(b, p, &line);
        ++*lines;
        marks += line.marks;
        name = line.newline + 1;
    }
    b->used = (size_t)(marks - b->marks);
    b->next = name < b->end ? name : b->end;
    *to = p;
    return stop;
}

/* `|g`, the two bytes at the bar before the type of a gauge. */
#define IF_GAUGE(place, name, letters, first, ...) | (RECORD_##name == RECORD_GAUGE ? (first) : 0)
enum { GAUGE_TYPE = (0 RECORD_TYPE_ROWS(IF_GAUGE)) << 8 | '|' };
#undef IF_GAUGE

/* Tells of the gauges among the lines that have just been written, marks[first..used); the first
 * line began at name. A name ends at the mark before the bar and begins after the mark before that.
 * The bars are listed first, without a branch that mispredicts. */
static void settle_gauges(const struct wire_batch *b, size_t first, const char *name)
{
    uint16_t bars[WIRE_BATCH_MARKS + 8];
    size_t count = 0;
    for (size_t i = first + 1; i < b->used; i++) {
        bars[count] = (uint16_t)i;
        count += (word_load(b->base + b->marks[i]) & 0xffff) == GAUGE_TYPE;
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t *bar = &b->marks[bars[i]];
        const char *start = bars[i] == first + 1 ? name : b->base + bar[-2] + 1;
        gauge_signs_settle(b->gauge_signs, (struct span){ start, (size_t)(b->base + bar[-1] - start) });
    }
}

/* Counts an odd line, after which a rest may begin. */
static void weigh_odd(struct wire_batch *b)
{
    if (++b->odd < ODD_MAX)
        return;
    b->rest = b->next_rest ? b->next_rest : REST_LEAST;
    b->next_rest = b->rest < REST_MOST ? b->rest * 2 : REST_MOST;
    b->odd = ODD_AGAIN;
    b->used = b->count = 0;
}

static void weigh_plain(struct wire_batch *b, uint64_t lines)
{
    uint64_t weight = lines * PLAIN_WEIGHT;
    b->odd = b->odd > weight ? b->odd - (unsigned)weight : 0;
    if (!b->odd)
        b->next_rest = 0;
}

/* Writes the records of the lines that are marked, up to an odd one, which tagged_write is to look
 * at. */
static inline enum wire_batch_stop write_plain(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines)
{
    const size_t first = b->used;
    const char *name = b->next;
    enum wire_batch_stop stop = write_marked(b, to, to_end, lines);
    if (b->gauge_signs)
        settle_gauges(b, first, name);
    if (stop != WIRE_BATCH_ODD)
        return stop;
    b->by_line = TAGGED_LINES;
    return WIRE_BATCH_END;
}

enum wire_batch_stop wire_batch_write(struct wire_batch *b, char **to, const char *to_end, uint64_t *lines)
{
    enum wire_batch_stop stop = WIRE_BATCH_END;
    uint64_t before = *lines;
    if (b->rest) {
        b->rest--;
        return WIRE_BATCH_ODD;
    }
    while (stop == WIRE_BATCH_END && (b->by_line || b->used < b->count || find_lines(b))) {
        if (b->by_line) {
            stop = tagged_write(b, to, to_end, lines);
            if (b->by_line)
                break;
            continue;
        }
        stop = write_plain(b, to, to_end, lines);
    }
    if (*lines != before)
        weigh_plain(b, *lines - before);
    if (stop == WIRE_BATCH_ODD)
        weigh_odd(b);
    return stop;
}

void wire_batch_skip(struct wire_batch *b, const char *next)
{
    while (b->used < b->count && b->base + b->marks[b->used] < next)
        b->used++;
    b->next = next;
}
