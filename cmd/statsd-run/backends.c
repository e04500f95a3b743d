#include "backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/xalloc.h"

/* How `url` is written on the command line. */
enum place { PLACE_NONE, PLACE_OPERAND, PLACE_LISTEN };

static const struct backend {
    const char *name, *program;
    enum place place;
    const char *expected; /* the address that it requires, for a message; NULL: none */
    bool has_self_prefix, has_no_self;
    bool is_spooled; /* it reports what it has delivered, so statsd-spool can run it */
} backends[] = {
    { "graphite", "statsd-carbon", PLACE_OPERAND, NULL, true, true, true },
    { "console", "statsd-table", PLACE_NONE, NULL, false, false, false },
    { "influx", "statsd-influx", PLACE_OPERAND, "http://localhost:8086/write?db=statsd", true, true, true },
    { "elastic", "statsd-elastic", PLACE_OPERAND, "http://localhost:9200", true, true, true },
    { "cloudwatch", "statsd-cloudwatch", PLACE_NONE, NULL, true, false, true },
    { "prometheus", "statsd-prometheus", PLACE_LISTEN, NULL, true, true, false },
    { "grafana", "statsd-grafana", PLACE_NONE, NULL, false, true, false },
};

#define BACKEND_WORDS "graphite, console, influx, elastic, cloudwatch, prometheus or grafana"

static const struct backend *find(const char *name)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (strcmp(backends[i].name, name) == 0)
            return &backends[i];
    return NULL;
}

bool backends_is_known(const char *name)
{
    return find(name) != NULL;
}

/* `./backends/graphite` → `graphite`. */
static const char *base_of(const char *name)
{
    return strncmp(name, "./backends/", 11) == 0 ? name + 11 : name;
}

bool backends_has(const struct value *config, const char *name)
{
    const struct value *list = reading_member(config, "backends");
    if (list && list->kind == VALUE_STRING)
        return strcmp(base_of(list->text), name) == 0;
    for (const struct value *item = list ? list->first : NULL; item; item = item->next)
        if (item->kind == VALUE_STRING && strcmp(base_of(item->text), name) == 0)
            return true;
    return false;
}

static void add_text(struct reading *r, const struct value *object, const char *key, const char *option,
                     struct command *c)
{
    char *text = reading_text(r, object, key, NULL);
    if (text)
        command_add_option(c, option, text);
    free(text);
}

static void add_self(struct reading *r, const struct backend *backend, struct command *c)
{
    if (reading_flag(r, r->config, "noSelf", false)) {
        if (backend->has_no_self)
            command_add_option(c, "no-self", NULL);
    } else if (backend->has_self_prefix)
        add_text(r, r->config, "prefixStats", "self-prefix", c);
}

/* Graphite's host and port, malloc'd, or NULL where there is no host. */
static char *carbon_place(struct reading *r, const struct value *object)
{
    char *url = reading_text(r, object, "url", NULL), *host = reading_text(r, r->config, "graphiteHost", NULL);
    unsigned port = (unsigned)reading_number(r, r->config, "graphitePort", SETTINGS_CARBON_PORT, 1, 65535);
    char *protocol = reading_text(r, r->config, "graphiteProtocol", "text");
    if (strcmp(protocol, "text") != 0)
        reading_error(r, reading_member(r->config, "graphiteProtocol"),
                      "graphiteProtocol: found %s: expected 'text', which Carbon takes at port 2003",
                      quote(protocol, strlen(protocol)).text);
    free(protocol);
    if (url || !host || !*host) {
        free(host);
        return url;
    }
    char *place = xmalloc(strlen(host) + 16);
    sprintf(place, strchr(host, ':') && *host != '[' ? "[%s]:%u" : "%s:%u", host, port);
    free(host);
    return place;
}

/* The options for Graphite's names, from the config's object `graphite`. */
static void add_names(struct reading *r, const struct value *graphite, struct command *c)
{
    if (reading_flag(r, graphite, "legacyNamespace", true))
        command_add_option(c, "legacy", NULL);
    add_text(r, graphite, "globalPrefix", "prefix", c);
    add_text(r, graphite, "prefixCounter", "prefix-counter", c);
    add_text(r, graphite, "prefixTimer", "prefix-timer", c);
    add_text(r, graphite, "prefixGauge", "prefix-gauge", c);
    add_text(r, graphite, "prefixSet", "prefix-set", c);
    add_text(r, graphite, "globalSuffix", "suffix", c);
}

static bool read_graphite(struct reading *r, const struct value *object, struct command *c)
{
    static const char *const own[] = { "legacyNamespace", "globalPrefix", "prefixCounter", "prefixTimer", "prefixGauge",
                                       "prefixSet",       "globalSuffix", "url",           "spool",       NULL };
    char *place = carbon_place(r, object);
    add_names(r, object, c);
    add_self(r, find("graphite"), c);
    if (!reading_flag(r, r->config, "flush_counts", true))
        command_add_option(c, "no-counts", NULL);
    reading_options(r, object, own, c);
    if (place)
        command_add(c, place);
    else
        reading_warn(r, NULL, "graphiteHost is not set: nothing is sent to Graphite");
    bool has_place = place != NULL;
    free(place);
    return has_place;
}

static bool read_plain(struct reading *r, const struct value *object, const struct backend *backend, struct command *c)
{
    static const char *const own[] = { "url", "spool", "prettyprint", NULL };
    char *url = reading_text(r, object, "url", NULL);
    add_self(r, backend, c);
    if (url && backend->place == PLACE_LISTEN)
        command_add_option(c, "listen", url);
    reading_options(r, object, own, c);
    if (url && backend->place == PLACE_OPERAND)
        command_add(c, url);
    bool is_dry = object && reading_flag(r, object, "dryRun", false);
    if (!url && backend->expected && !is_dry)
        reading_error(r, object, "%s: no url: expected one, such as %s", backend->name, backend->expected);
    free(url);
    return true;
}

/* Dashboards must use the names that the backend graphite sends. */
static bool read_grafana(struct reading *r, const struct value *object, struct command *c)
{
    static const char *const own[] = { "url", NULL };
    char *datasource = reading_text(r, object, "datasource", "graphite");
    if (strcmp(datasource, "graphite") == 0)
        add_names(r, reading_member(r->config, "graphite"), c);
    free(datasource);
    if (reading_flag(r, r->config, "noSelf", false))
        command_add_option(c, "no-self", NULL);
    reading_options(r, object, own, c);
    if (reading_member(object, "dir"))
        return true;
    reading_error(r, object, "grafana: dir is not set: expected { dir: '/folder/of/dashboards' }");
    return false;
}

/* Fills the command of a backend. False if there is none. */
static bool read_options(struct reading *r, const struct value *object, const struct backend *backend,
                         struct command *c)
{
    const struct value *url = reading_member(object, "url");
    if (url && backend->place == PLACE_NONE)
        reading_error(r, url, "%s: url: %s takes none", backend->name, backend->program);
    if (strcmp(backend->name, "graphite") == 0)
        return read_graphite(r, object, c);
    if (strcmp(backend->name, "grafana") == 0)
        return read_grafana(r, object, c);
    return read_plain(r, object, backend, c);
}

/* Puts `statsd-spool DIR/NAME --` before the command where there is a `spool`. */
static void add_spool(struct reading *r, const struct value *object, const struct backend *backend, struct command *c)
{
    char *own = reading_text(r, object, "spool", NULL), *common = reading_text(r, r->config, "spool", NULL);
    struct command spooled = { .words = NULL };
    if (own && !backend->is_spooled)
        reading_error(r, reading_member(object, "spool"), "%s: spool: %s does not say what it has delivered",
                      backend->name, backend->program);
    if ((!own && !common) || !backend->is_spooled) {
        free(own);
        free(common);
        return;
    }
    command_add(&spooled, "statsd-spool");
    add_self(r, find("graphite"), &spooled);
    if (own)
        command_add(&spooled, own);
    else
        command_print(&spooled, "%s/%s", common, backend->name);
    command_add(&spooled, "--");
    command_append(&spooled, c);
    command_free(c);
    *c = spooled;
    free(own);
    free(common);
}

static void add_sink(struct reading *r, const struct backend *backend)
{
    const struct value *object = reading_member(r->config, backend->name);
    struct command c = { .words = NULL };
    bool is_console = strcmp(backend->name, "console") == 0;
    if (object && object->kind != VALUE_OBJECT) {
        reading_error(r, object, "%s: found %s: expected an object", backend->name, reading_quote(object).text);
        return;
    }
    command_add(&c, backend->program);
    if (!read_options(r, object, backend, &c)) {
        command_free(&c);
        return;
    }
    add_spool(r, object, backend, &c);
    struct settings *s = r->settings;
    s->sinks = xreallocarray(s->sinks, s->sink_count + 1, sizeof *s->sinks);
    s->sinks[s->sink_count++] = (struct sink){ xstrndup(backend->name, strlen(backend->name)), c, is_console };
}

/* Appends ` HOST:PORT`, and `@ADMINPORT` where the object has one, for each object of a list. */
static void add_places(struct reading *r, const struct value *list, struct command *c)
{
    for (const struct value *item = list && list->kind == VALUE_LIST ? list->first : NULL; item; item = item->next) {
        char *host = reading_text(r, item, "host", NULL);
        char *port = reading_text(r, item, "port", "8125"), *admin = reading_text(r, item, "adminport", NULL);
        if (host)
            command_print(c, strchr(host, ':') ? "[%s]:%s%s%s" : "%s:%s%s%s", host, port, admin ? "@" : "",
                          admin ? admin : "");
        free(host);
        free(port);
        free(admin);
    }
}

char *backends_send_text(struct reading *r, const struct value *list, bool is_sharded)
{
    struct command c = { .words = NULL };
    command_add(&c, "statsd-send");
    if (is_sharded)
        command_add(&c, "--shard");
    size_t before = c.count;
    add_places(r, list, &c);
    if (c.count == before)
        command_add(&c, "HOST:PORT");
    char *text = command_text(&c);
    command_free(&c);
    return text;
}

static void refuse_repeater(struct reading *r, const struct value *item)
{
    char *send = backends_send_text(r, reading_member(r->config, "repeater"), false);
    reading_error(r, item, "backends: found %s: `tee -i >(%s)' after statsd-recv in what --print prints does its work",
                  reading_quote(item).text, send);
    free(send);
}

static void read_backend(struct reading *r, const struct value *item)
{
    const char *base = item->kind == VALUE_STRING ? base_of(item->text) : "";
    char *name = xstrndup(base, strlen(base));
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".js") == 0)
        name[length - 3] = '\0';
    const struct backend *backend = find(strcmp(name, "carbon") == 0 ? "graphite" : name);
    if (backend)
        add_sink(r, backend);
    else if (strcmp(name, "repeater") == 0)
        refuse_repeater(r, item);
    else if (strcmp(name, "kafka") == 0)
        reading_error(r, item, "backends: found %s: Kafka gets records: `statsd-recv | statsd-kafka put BROKERS TOPIC'",
                      reading_quote(item).text);
    else
        reading_error(r, item, "backends: found %s, which would be code for node: expected " BACKEND_WORDS,
                      reading_quote(item).text);
    free(name);
}

void backends_read(struct reading *r)
{
    const struct value *list = reading_member(r->config, "backends");
    if (!list)
        add_sink(r, find("graphite"));
    else if (list->kind == VALUE_STRING)
        read_backend(r, list);
    else if (list->kind != VALUE_LIST)
        reading_error(r, list, "backends: found %s: expected a list", reading_quote(list).text);
    else
        for (const struct value *item = list->first; item; item = item->next)
            read_backend(r, item);
}
