#include "template.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

char *template_url(const char *url, const char *path)
{
    size_t base = strcspn(url, "?#"), size = strlen(url) + strlen(path) + 1;
    const char *query = url + base;
    while (base && url[base - 1] == '/')
        base--;
    char *result = xmalloc(size);
    snprintf(result, size, "%.*s%s%s", (int)base, url, path, query);
    return result;
}

void template_init(struct template *t, const char *url, const char *index, bool is_stream)
{
    size_t literal = is_stream ? strlen(index) : strcspn(index, "%"), size = strlen(index) + 64;
    char *path = xmalloc(size);
    *t = (struct template){ .is_stream = is_stream, .pattern = xmalloc(size) };
    snprintf(t->pattern, size, "%.*s%s", (int)literal, index, index[literal] ? "*" : "");
    while (literal && strchr("-_.", index[literal - 1]))
        literal--;
    snprintf(path, size, "/_index_template/%.*s", (int)literal, index);
    t->root_url = template_url(url, "/");
    t->template_url = template_url(url, path);
    free(path);
}

void template_free(struct template *t)
{
    free(t->root_url);
    free(t->template_url);
    free(t->pattern);
    free(t->body);
}

/* tags_type holds any keys without a mapping for each. */
static void write_body(struct template *t, const char *tags_type)
{
    static const char form[] =
        "{\"index_patterns\":[\"%s\"],\"priority\":200,%s\"template\":{\"mappings\":{"
        "\"date_detection\":false,\"numeric_detection\":false,"
        "\"dynamic_templates\":["
        "{\"whole_numbers\":{\"match_mapping_type\":\"long\",\"mapping\":{\"type\":\"double\"}}},"
        "{\"numbers\":{\"match_mapping_type\":\"double\",\"mapping\":{\"type\":\"double\"}}}],"
        "\"properties\":{\"@timestamp\":{\"type\":\"date\"},\"name\":{\"type\":\"keyword\"},"
        "\"type\":{\"type\":\"keyword\"},\"tags\":{\"type\":\"%s\"},\"histogram\":{\"type\":\"object\"}}}}}\n";
    size_t size = sizeof form + strlen(t->pattern) + strlen(tags_type) + 64;
    free(t->body);
    t->body = xmalloc(size);
    snprintf(t->body, size, form, t->pattern, t->is_stream ? "\"data_stream\":{}," : "", tags_type);
}

/* True if the answer is that of one of both servers. */
static bool read_server(struct template *t, struct span body)
{
    json_t *json = json_loadb(body.text, body.length, 0, NULL);
    const json_t *version = json_object_get(json, "version");
    const char *distribution = json_string_value(json_object_get(version, "distribution"));
    bool is_known = json_is_string(json_object_get(version, "number"));
    bool is_opensearch = distribution && strcmp(distribution, "opensearch") == 0;
    write_body(t, is_opensearch ? "flat_object" : "flattened");
    json_decref(json);
    return is_known;
}

bool template_answer(struct template *t, const struct http_answer *a, char reason[HTTP_WORDS_MAX])
{
    bool is_good = http_verdict_of(a->status) == HTTP_DELIVERED;
    switch (t->step) {
    case TEMPLATE_ASK_SERVER:
        if (is_good && !read_server(t, a->body)) {
            snprintf(reason, HTTP_WORDS_MAX, "neither Elasticsearch nor OpenSearch answers there");
            return false;
        }
        t->step += is_good;
        return is_good;
    case TEMPLATE_ASK:
        if (is_good)
            t->step = TEMPLATE_DONE;
        else if (a->status == 404)
            t->step = TEMPLATE_PUT;
        return is_good || a->status == 404;
    default:
        if (is_good)
            t->step = TEMPLATE_DONE;
        return is_good;
    }
}
