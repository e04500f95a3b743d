/* answers: of _bulk, the verdict on each document, and on whole requests. */
#include "answers.h"

#include <string.h>

#include "tap.h"

static const char *const names[] = { "delivered", "data", "too large", "configuration", "fault", "again", "kept" };
static struct answers answers;

static void means(long status, const char *type, const char *expected)
{
    const char *name = names[answers_verdict(status, (struct span){ type, strlen(type) })];
    tap_ok(strcmp(name, expected) == 0, "%ld %s: %s", status, type, name);
}

static void items_mean(const char *items, uint64_t count, const char *first, const char *second)
{
    char body[1024];
    snprintf(body, sizeof body, "{\"errors\":true,\"items\":[%s]}", items);
    bool is_read = answers_read(&answers, (struct span){ body, strlen(body) }, count);
    if (!first) {
        tap_ok(!is_read, "%s: no answer", items);
        return;
    }
    tap_ok(is_read && strcmp(names[answers.verdicts[0]], first) == 0 &&
               (count == 1 || strcmp(names[answers.verdicts[1]], second) == 0),
           "%s: %s", items, first);
}

#define ERROR(status, type) "{\"index\":{\"status\":" status ",\"error\":{\"type\":\"" type "\",\"reason\":\"no\"}}}"

int main(void)
{
    means(201, "", "delivered");
    means(400, "mapper_parsing_exception", "data");
    means(400, "illegal_argument_exception", "data");
    means(400, "invalid_index_name_exception", "kept");
    means(400, "validation_exception", "kept");
    means(403, "index_closed_exception", "kept");
    means(400, "index_closed_exception", "kept");
    means(403, "cluster_block_exception", "kept");
    means(429, "cluster_block_exception", "kept");
    means(404, "index_not_found_exception", "kept");
    means(429, "es_rejected_execution_exception", "again");
    means(500, "rejected_execution_exception", "again");
    means(503, "unavailable_shards_exception", "again");
    means(500, "null_pointer_exception", "fault");
    means(409, "version_conflict_engine_exception", "configuration");
    items_mean("{\"index\":{\"status\":201}},{\"create\":{\"status\":409}}", 2, "delivered", "delivered");
    items_mean(ERROR("400", "mapper_parsing_exception") "," ERROR("429", "x"), 2, "data", "again");
    tap_ok(strcmp(answers_words(&answers, 0), "mapper_parsing_exception: no") == 0, "%s", answers_words(&answers, 0));
    items_mean("{\"index\":{\"status\":500}}", 1, "fault", "");
    tap_ok(strcmp(answers_words(&answers, 0), "HTTP 500") == 0, "%s", answers_words(&answers, 0));
    items_mean("{\"index\":{\"status\":201}}", 2, NULL, NULL);
    items_mean("{\"index\":{}}", 1, NULL, NULL);
    items_mean("{\"index\":{\"status\":201},\"x\":{\"status\":201}}", 1, NULL, NULL);
    items_mean("7", 1, NULL, NULL);
    items_mean("", 1, NULL, NULL);
    answers_free(&answers);
    return tap_done();
}
