/* statsd-elastic: aggregates → documents for Elasticsearch or OpenSearch, by _bulk. */
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "base/die.h"
#include "document.h"
#include "format/populations.h"
#include "sink/http.h"
#include "sink/sink.h"
#include "template.h"

enum { OPTION_INDEX = OPT_LONG, OPTION_DATA_STREAM, OPTION_NO_TEMPLATE };

static const struct opt_row rows[] = {
    OPT_HEADING("Names"),
    { OPTION_INDEX, "index", "NAME", "index of a document's day (statsd-%Y.%m.%d)", NULL },
    { OPTION_DATA_STREAM, "data-stream", "NAME", "append to this data stream instead", NULL },
    { OPTION_NO_TEMPLATE, "no-template", NULL, "put no index template", NULL },
    FILTER_ROW_SELF_PREFIX,
    OPT_HEADING("Output"),
    FILTER_ROW_NO_SELF,
    SINK_ROW_DRY_RUN,
    OPT_HEADING("HTTP"),
    HTTP_ROWS,
    SINK_ROWS,
};

static const struct opt_program program = {
    .summary = "Send aggregates from standard input to Elasticsearch or OpenSearch.",
    .rows = rows,
    .operands = "[url]",
    .examples = "  statsd-recv | statsd-agg | statsd-elastic http://localhost:9200\n"
                "  statsd-agg --once day.tsv | statsd-elastic --dry-run\n",
};

struct config {
    struct http_command command;
    const char *index;
    bool is_stream, no_template;
};

static void take_index(const struct opt *o, struct config *c, bool is_stream)
{
    const char *fault = document_index_fault(o->value, is_stream);
    if (fault)
        opt_fail(o, "bad name %s: %s", quote(o->value, strlen(o->value)).text, fault);
    c->index = o->value;
    c->is_stream = is_stream;
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_INDEX: take_index(o, c, false); break;
    case OPTION_DATA_STREAM: take_index(o, c, true); break;
    case OPTION_NO_TEMPLATE: c->no_template = true; break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .command = { .sink = sink_defaults() }, .index = "statsd-%Y.%m.%d" };
    struct opt o;
    opt_begin(&o, &program, argc, argv);
    http_command_read(&c.command, &o, take_option, &c, "http://localhost:9200");
    return c;
}

struct elastic {
    const struct config *config;
    struct sink sink;
    struct populations populations;
    struct documents documents;
    struct template template;
    struct answers answers;
    struct http http;
};

/* --- points ----------------------------------------------------------------------------------- */

static void write_point(void *self, const struct point *p)
{
    struct elastic *x = self;
    char *room = sink_room(&x->sink, documents_size(p));
    sink_added(&x->sink, (size_t)(documents_write(&x->documents, room, p) - room));
}

static bool take_point(void *self, struct sink *s, const struct point *p, struct rows_refusal *refused)
{
    struct elastic *x = self;
    (void)s;
    (void)refused;
    populations_owner.point(&x->populations, p);
    if (x->populations.lacks_mean)
        die_usage(x->config->command.usage,
                  "timers have a count and a sum but no mean: add mean to --stats of statsd-agg");
    return true;
}

static void end_interval(void *self, struct sink *s, bool tells)
{
    struct elastic *x = self;
    (void)s;
    (void)tells;
    populations_owner.end(&x->populations, 0);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool prelude(void *self, struct http_request *r)
{
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    struct elastic *x = self;
    struct template *t = &x->template;
    if (x->config->no_template || t->step == TEMPLATE_DONE)
        return false;
    r->method = t->step == TEMPLATE_PUT ? "PUT" : "GET";
    r->url = t->step == TEMPLATE_ASK_SERVER ? t->root_url : t->template_url;
    r->headers = headers;
    if (t->step == TEMPLATE_PUT)
        r->body = (struct span){ t->body, strlen(t->body) };
    return true;
}

static bool prelude_answer(void *self, const struct http_answer *a, char reason[HTTP_WORDS_MAX])
{
    struct elastic *x = self;
    return template_answer(&x->template, a, reason);
}

static const char *words_of_item(void *self, uint64_t index)
{
    struct elastic *x = self;
    return answers_words(&x->answers, index);
}

/* The first document that was not accepted speaks for all in a message. */
static void tell_reason(const struct elastic *x, uint64_t count, struct http_judgement *j)
{
    for (uint64_t i = 0; i < count; i++)
        if (x->answers.verdicts[i] != HTTP_DELIVERED) {
            memcpy(j->reason, answers_words(&x->answers, i), sizeof j->reason);
            return;
        }
}

static void judge(void *self, const struct http_answer *a, const struct batch *b, struct http_judgement *j)
{
    struct elastic *x = self;
    if (j->verdict != HTTP_DELIVERED) {
        j->verdict = answers_of_request(a);
        return;
    }
    j->has_items = answers_read(&x->answers, a->body, b->points);
    j->items = (struct http_items){ x->answers.verdicts, words_of_item, x };
    j->verdict = HTTP_CONFIGURATION;
    if (j->has_items)
        tell_reason(x, b->points, j);
    else
        memcpy(j->reason, "the answer is not that of _bulk", sizeof "the answer is not that of _bulk");
}

static enum exit_code run(const struct config *c)
{
    static const struct points_owner owner = { .point = write_point };
    static const struct sink_format format = {
        .figures = "elastic.",
        .point_lines = 2,
        .point = take_point,
        .interval = end_interval,
    };
    static const char *const headers[] = { "Content-Type: application/x-ndjson", NULL };
    static const struct http_format http_format = {
        .headers = headers,
        .judge = judge,
        .prelude = prelude,
        .prelude_answer = prelude_answer,
    };
    static struct elastic x;
    const char *url = c->command.url ? c->command.url : "http://localhost:9200";
    char *bulk = template_url(url, "/_bulk");
    x.config = c;
    populations_init(&x.populations, &owner, &x);
    documents_init(&x.documents, c->index, c->is_stream);
    template_init(&x.template, url, c->index, c->is_stream);
    http_init(&x.http, bulk, &c->command.http, &http_format, &x);
    enum exit_code code = sink_run(&x.sink, &c->command.sink, &format, &x, &x.http.transport);
    populations_free(&x.populations);
    documents_free(&x.documents);
    template_free(&x.template);
    answers_free(&x.answers);
    free(bulk);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-elastic");
    struct config config = parse_args(argc, argv);
    enum exit_code code = run(&config);
    http_options_free(&config.command.http);
    return (int)code;
}
