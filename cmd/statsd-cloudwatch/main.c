/* statsd-cloudwatch: aggregates → Amazon CloudWatch, by PutMetricData. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "answers.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "datum.h"
#include "format/populations.h"
#include "sink/http.h"
#include "sink/http_url.h"
#include "sink/sink.h"

enum { OPTION_NAMESPACE = OPT_LONG, OPTION_RESOLUTION, OPTION_SELF };

static const struct opt_row rows[] = {
    OPT_HEADING("Names"),
    { OPTION_NAMESPACE, "namespace", "NAME", "namespace of the metrics (StatsD)", NULL },
    FILTER_ROW_SELF_PREFIX,
    OPT_HEADING("Output"),
    { OPTION_RESOLUTION, "resolution", "SECONDS", "storage resolution of the metrics, 1 or 60 (60)", "1 60" },
    { OPTION_SELF, "self", NULL, "send self-metrics too; each is paid for", NULL },
    SINK_ROW_DRY_RUN,
    OPT_HEADING("HTTP"),
    HTTP_ROW_GZIP,
    HTTP_ROW_HEADER,
    HTTP_ROW_CA,
    HTTP_ROW_CERT,
    HTTP_ROW_KEY,
    HTTP_ROW_INSECURE,
    SINK_ROWS,
};

static const struct opt_program program = {
    .summary = "Send aggregates from standard input to Amazon CloudWatch.",
    .rows = rows,
    .examples = "  statsd-recv | statsd-agg -i 60 | statsd-cloudwatch --namespace Shop\n"
                "  statsd-agg --once today.tsv | statsd-cloudwatch --dry-run\n",
};

struct config {
    struct http_command command;
    const char *namespace;
    bool has_resolution;
};

static void take_namespace(const struct opt *o, struct config *c)
{
    const char *fault = data_namespace_fault(o->value);
    if (fault)
        opt_fail(o, "bad namespace %s: %s", quote(o->value, strlen(o->value)).text, fault);
    c->namespace = o->value;
}

static bool take_option(void *self, int id, const struct opt *o)
{
    struct config *c = self;
    switch (id) {
    case OPTION_NAMESPACE: take_namespace(o, c); break;
    case OPTION_RESOLUTION: c->has_resolution = opt_choice(o) == 0; break;
    case OPTION_SELF: c->command.sink.filter.no_self = false; break;
    default: return false;
    }
    return true;
}

static struct config parse_args(int argc, char **argv)
{
    struct config c = { .command = { .sink = sink_defaults() }, .namespace = "StatsD" };
    struct opt o;
    c.command.sink.filter.no_self = true;
    opt_begin(&o, &program, argc, argv);
    http_command_read(&c.command, &o, take_option, &c, NULL);
    return c;
}

struct cloudwatch {
    const struct config *config;
    struct sink sink;
    struct populations populations;
    struct data data;
    struct account account;
    struct http http;
    char *body;
    size_t body_capacity;
    char *token; /* the header with the session's token */
    const char *headers[4];
    char signature[128];
};

/* --- points ----------------------------------------------------------------------------------- */

static void write_point(void *self, const struct point *p)
{
    struct cloudwatch *x = self;
    size_t size = data_size(p), count = data_begin(&x->data, p);
    for (size_t i = 0; i < count; i++) {
        char *room = sink_room(&x->sink, size), *end = data_write(&x->data, room, p, i);
        if (end != room)
            sink_added(&x->sink, (size_t)(end - room));
    }
}

static bool is_bin(const struct point *p)
{
    return p->type == AGGREGATE_TIMER && p->count == 1 && span_is(p->values[0].statistic, "histogram");
}

static bool take_point(void *self, struct sink *s, const struct point *p, struct rows_refusal *refused)
{
    struct cloudwatch *x = self;
    (void)s;
    if (is_bin(p))
        return true;
    if (data_lacks_statistics(p))
        die_usage(x->config->command.usage, "timers lack mean, lower or upper: add them to --stats of statsd-agg");
    if (!data_check(p, clock_wall_ms(), refused))
        return false;
    populations_owner.point(&x->populations, p);
    return true;
}

/* --- requests --------------------------------------------------------------------------------- */

/* `{"Namespace":…,"MetricData":[…]}` of a batch's lines. */
static struct span write_body(void *self, const struct batch *b)
{
    static const char frame[] = "{\"Namespace\":\"\",\"MetricData\":[";
    struct cloudwatch *x = self;
    size_t size = sizeof frame + strlen(x->config->namespace) + b->length + 2;
    if (size > x->body_capacity) {
        x->body_capacity = 2 * size;
        x->body = xreallocarray(x->body, x->body_capacity, 1);
    }
    char *lines = x->body + snprintf(x->body, size, "{\"Namespace\":\"%s\",\"MetricData\":[", x->config->namespace);
    memcpy(lines, b->bytes, b->length);
    char *end = lines + b->length - 1;
    for (char *line = lines; (line = memchr(line, '\n', (size_t)(end - line)));)
        *line = ',';
    *end++ = ']';
    *end++ = '}';
    return (struct span){ x->body, (size_t)(end - x->body) };
}

static void print_batch(void *self, struct out *out, const struct batch *b)
{
    struct span body = write_body(self, b);
    out_put(out, body.text, body.length);
    out_put(out, "\n", 1);
}

static void set_token(struct cloudwatch *x)
{
    const char *token = x->account.keys.token;
    size_t size = sizeof "X-Amz-Security-Token: " + (token ? strlen(token) : 0);
    free(x->token);
    x->token = xmalloc(size);
    snprintf(x->token, size, "X-Amz-Security-Token: %s", token ? token : "");
    x->headers[2] = token ? x->token : NULL;
}

static enum http_ready complete(void *self, struct http_request *r, int64_t now, char reason[HTTP_WORDS_MAX])
{
    struct cloudwatch *x = self;
    char why[ACCOUNT_WHY_MAX];
    switch (account_keys(&x->account, now, why)) {
    case ACCOUNT_WAITING: return HTTP_NOT_YET;
    case ACCOUNT_FAILED: snprintf(reason, HTTP_WORDS_MAX, "%s", why); return HTTP_UNREADY;
    default: break;
    }
    set_token(x);
    r->headers = x->headers;
    r->signature = x->signature;
    r->user = x->account.keys.id;
    r->secret = x->account.keys.secret;
    return HTTP_READY;
}

static void judge(void *self, const struct http_answer *a, const struct batch *b, struct http_judgement *j)
{
    struct cloudwatch *x = self;
    struct answers_judgement answer = answers_judge(a);
    (void)b;
    j->verdict = answer.verdict;
    if (answer.words[0])
        memcpy(j->reason, answer.words, sizeof j->reason);
    if (answer.are_credentials)
        account_forget(&x->account);
}

static void forget(void *self)
{
    struct cloudwatch *x = self;
    account_forget(&x->account);
}

static void find_account(struct cloudwatch *x)
{
    account_init(&x->account);
    if (x->config->command.sink.dry_run)
        return;
    if (!x->account.region)
        die_usage(x->config->command.usage, "no region: set AWS_REGION, or region in the profile");
    const char *fault = http_url_fault(x->account.endpoint);
    if (fault)
        die_usage(x->config->command.usage, "bad endpoint %s: %s",
                  quote(x->account.endpoint, strlen(x->account.endpoint)).text, fault);
    snprintf(x->signature, sizeof x->signature, "aws:amz:%.60s:monitoring", x->account.region);
}

static enum exit_code run(const struct config *c)
{
    static const struct points_owner owner = { .point = write_point };
    static const struct sink_format format = {
        .figures = "cloudwatch.",
        .point_lines = 1,
        .batch_bytes = 950000,
        .batch_points = 1000,
        .point = take_point,
        .print = print_batch,
    };
    static const struct http_format http_format = {
        .body = write_body,
        .judge = judge,
        .complete = complete,
        .forget = forget,
    };
    static struct cloudwatch x = { .headers = { "Content-Type: application/x-amz-json-1.0",
                                                "X-Amz-Target: GraniteServiceVersion20100801.PutMetricData" } };
    x.config = c;
    find_account(&x);
    populations_init(&x.populations, &owner, &x);
    data_init(&x.data, c->has_resolution);
    http_init(&x.http, x.account.endpoint ? x.account.endpoint : "http://localhost/", &c->command.http, &http_format,
              &x);
    enum exit_code code = sink_run(&x.sink, &c->command.sink, &format, &x, &x.http.transport);
    populations_free(&x.populations);
    data_free(&x.data);
    account_free(&x.account);
    free(x.body);
    free(x.token);
    return code;
}

int main(int argc, char **argv)
{
    die_init("statsd-cloudwatch");
    struct config config = parse_args(argc, argv);
    enum exit_code code = run(&config);
    http_options_free(&config.command.http);
    return (int)code;
}
