/* Any bytes as a state file of statsd-prometheus: whatever is read is written, and then read and
 * written again as the same. */
#include "base/die.h"
#include "fuzz.h"
#include "totals.h"

static const char *const no_patterns[] = { NULL };
static const struct registry_options options = { .max_series = 100, .ttl = 1000, .seconds = no_patterns };

/* Reads text and writes what it has become. */
static struct text again(struct span text, bool *is_good)
{
    struct registry registry;
    struct refusals refusals = { .complaint = { .what = "refusals" } };
    struct intake intake;
    const char *where = "state";
    struct rows_refusal refused;
    struct text written = { NULL, 0, 0 };
    uint64_t number;
    registry_init(&registry, &options);
    intake_init(&intake, &registry, &refusals, &where);
    *is_good = totals_read(&intake, text, &number, &refused);
    totals_write(&written, &registry);
    intake_free(&intake);
    registry_free(&registry);
    return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_good;
    die_set_verbosity(-1);
    char *text = copy_with_slack((const char *)data, size, 0, data, size);
    struct text once = again((struct span){ text, size }, &is_good);
    struct text twice = again(text_span(&once), &is_good);
    require(is_good);
    require(span_equal(text_span(&once), text_span(&twice)));
    free(once.bytes);
    free(twice.bytes);
    free(text);
    return 0;
}
