#include "answers.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Types of errors that the status alone would take for something else. */
static const struct row {
    const char *type;
    enum http_verdict verdict;
} rows[] = {
    { "es_rejected_execution_exception", HTTP_AGAIN },
    { "rejected_execution_exception", HTTP_AGAIN },
    { "opensearch_rejected_execution_exception", HTTP_AGAIN },
    { "circuit_breaking_exception", HTTP_AGAIN },
    { "unavailable_shards_exception", HTTP_AGAIN },
    { "no_shard_available_action_exception", HTTP_AGAIN },
    { "process_cluster_event_timeout_exception", HTTP_AGAIN },
    { "master_not_discovered_exception", HTTP_AGAIN },
    { "cluster_manager_not_discovered_exception", HTTP_AGAIN },
    { "timeout_exception", HTTP_AGAIN },
    { "node_closed_exception", HTTP_AGAIN },
    { "index_closed_exception", HTTP_KEPT },
    { "cluster_block_exception", HTTP_KEPT },
    { "index_create_block_exception", HTTP_KEPT },
    { "index_not_found_exception", HTTP_KEPT },
    { "invalid_index_name_exception", HTTP_KEPT },
    { "security_exception", HTTP_KEPT },
    { "validation_exception", HTTP_KEPT }, /* the cluster has as many shards as it may */
};

enum http_verdict answers_verdict(long status, struct span type)
{
    enum http_verdict verdict = http_verdict_of(status);
    for (size_t i = 0; verdict != HTTP_DELIVERED && i < sizeof rows / sizeof *rows; i++)
        if (span_is(type, rows[i].type))
            return rows[i].verdict;
    return verdict;
}

void answers_free(struct answers *a)
{
    free(a->verdicts);
    free(a->words);
    free(a->word_of);
}

/* --- items ------------------------------------------------------------------------------------ */

static void reserve(struct answers *a, uint64_t count)
{
    if (count <= a->capacity)
        return;
    a->capacity = count;
    a->verdicts = xreallocarray(a->verdicts, count, sizeof *a->verdicts);
    a->word_of = xreallocarray(a->word_of, count, sizeof *a->word_of);
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

/* `TYPE: REASON: REASON OF ITS CAUSE`, on one line. */
static void write_words(const json_t *error, char words[HTTP_WORDS_MAX])
{
    const char *cause = text_of(json_object_get(error, "caused_by"), "reason");
    snprintf(words, HTTP_WORDS_MAX, "%s: %s%s%s", text_of(error, "type"), text_of(error, "reason"), *cause ? ": " : "",
             cause);
    for (char *c = words; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = ' ';
}

/* Of many documents with the same error, the words are kept once. */
static uint64_t keep_words(struct answers *a, const json_t *error, long status)
{
    char words[HTTP_WORDS_MAX];
    if (json_is_object(error))
        write_words(error, words);
    else
        snprintf(words, sizeof words, "HTTP %ld", status);
    if (a->word_count && strcmp(a->words[a->word_count - 1], words) == 0)
        return a->word_count - 1;
    if (a->word_count == a->word_capacity) {
        a->word_capacity = 2 * a->word_capacity + 8;
        a->words = xreallocarray(a->words, a->word_capacity, sizeof *a->words);
    }
    memcpy(a->words[a->word_count], words, sizeof words);
    return a->word_count++;
}

/* An item is `{"index": {"status": 201}}`. */
static bool read_item(struct answers *a, uint64_t index, const json_t *item)
{
    if (json_object_size(item) != 1)
        return false;
    void *member = json_object_iter((json_t *)item);
    const json_t *result = json_object_iter_value(member), *error = json_object_get(result, "error");
    long status = (long)json_integer_value(json_object_get(result, "status"));
    if (status < 100 || status > 999)
        return false;
    const char *type = text_of(error, "type");
    bool is_there = status == 409 && strcmp(json_object_iter_key(member), "create") == 0;
    a->verdicts[index] =
        (unsigned char)(is_there ? HTTP_DELIVERED : answers_verdict(status, (struct span){ type, strlen(type) }));
    a->word_of[index] = a->verdicts[index] == HTTP_DELIVERED ? 0 : keep_words(a, error, status);
    return true;
}

bool answers_read(struct answers *a, struct span body, uint64_t count)
{
    json_t *json = json_loadb(body.text, body.length, JSON_ALLOW_NUL, NULL);
    const json_t *items = json_object_get(json, "items"), *errors = json_object_get(json, "errors");
    bool is_good = json_is_array(items) && json_is_boolean(errors) && json_array_size(items) == count;
    reserve(a, count);
    a->word_count = 0;
    for (uint64_t i = 0; is_good && i < count; i++)
        is_good = read_item(a, i, json_array_get(items, i));
    json_decref(json);
    return is_good;
}

const char *answers_words(const struct answers *a, uint64_t index)
{
    return a->words[a->word_of[index]];
}

enum http_verdict answers_of_request(const struct http_answer *a)
{
    json_t *json = json_loadb(a->body.text, a->body.length, JSON_ALLOW_NUL, NULL);
    const char *type = text_of(json_object_get(json, "error"), "type");
    enum http_verdict verdict = answers_verdict(a->status, (struct span){ type, strlen(type) });
    json_decref(json);
    return verdict;
}
