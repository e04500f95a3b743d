/* Any bytes as a record: what record_parse accepts lies inside the line and its number is usable.
 * The canonical form of its series does not change when it is made canonical again. */
#include <math.h>

#include "fuzz.h"
#include "format/record.h"

static void check_canonical(struct span series)
{
    struct record_canonical once, again;
    record_canonical_init(&once);
    record_canonical_init(&again);
    struct span first = record_canonical(&once, series);
    struct span second = record_canonical(&again, first);
    require(span_equal(first, second));
    require(!memchr(first.text, '\t', first.length) && !memchr(first.text, '\n', first.length));
    record_canonical_free(&once);
    record_canonical_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *line = (const char *)data;
    struct record r;
    struct span culprit;
    enum record_error error = record_parse(line, size, &r, &culprit);
    if (error != RECORD_OK) {
        require(is_inside(culprit, line, size) && record_error_what(error) && record_error_why(error));
        return 0;
    }
    require(is_inside(r.series, line, size) && r.series.length && is_inside(r.value, line, size));
    require(isfinite(r.number) && r.rate > 0 && r.rate <= 1);
    require(r.type != RECORD_TIMER || r.number >= 0);
    check_canonical(r.series);
    return 0;
}
