/* Any bytes as the name of a segment, and as its content. What is kept of the content are whole
 * rows, in their order, and nothing is lost that is one; keeping them again changes nothing. */
#include "../../cmd/statsd-spool/segment.c"

#include "fuzz.h"

static void check_name(const char *bytes, size_t size)
{
    char text[SEGMENT_NAME_MAX + 1], again[SEGMENT_NAME_MAX];
    struct segment_name name;
    size_t length = size < SEGMENT_NAME_MAX ? size : SEGMENT_NAME_MAX;
    memcpy(text, bytes, length);
    text[length] = '\0';
    if (!segment_read_name(text, &name))
        return;
    segment_write_name(again, &name);
    require(strcmp(text, again) == 0);
}

/* Keeps whole rows as the store does. */
static size_t keep(const char *text, size_t size, char *kept, uint64_t *lines)
{
    size_t length = 0;
    struct span stretch;
    const char *from = text, *end = text + size;
    while ((stretch = segment_whole_rows(from, end, lines)).length) {
        require(stretch.text >= from && stretch.text + stretch.length <= end);
        require(stretch.text == text || stretch.text[-1] == '\n');
        memcpy(kept + length, stretch.text, stretch.length);
        length += stretch.length;
        from = stretch.text + stretch.length;
    }
    return length;
}

static uint64_t count_whole(const char *text, const char *end)
{
    uint64_t lines = 0;
    for (const char *newline; (newline = memchr(text, '\n', (size_t)(end - text))) != NULL; text = newline + 1)
        lines += whole_row(text, end) != NULL;
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t lines = 0, again_lines = 0;
    char *text = malloc(size + 1), *kept = malloc(size + 1), *again = malloc(size + 1);
    memcpy(text, data, size);
    check_name(text, size);
    size_t length = keep(text, size, kept, &lines);
    require(lines == count_whole(text, text + size));
    require(segment_count_lines((struct span){ kept, length }) == lines);
    require(!length || kept[length - 1] == '\n');
    require(keep(kept, length, again, &again_lines) == length && again_lines == lines);
    require(memcmp(kept, again, length) == 0);
    free(text);
    free(kept);
    free(again);
    return 0;
}
