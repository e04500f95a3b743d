#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/list.h"
#include "base/number.h"
#include "base/xalloc.h"
#include "filter/opt.h"
#include "keys.h"
#include "reading.h"

enum { RECEIVE_BUFFER = 8 << 20, LONGEST_INTERVAL = 1 << 30, SELF_INTERVAL = 100 };

/* --- the keys that need a row only ------------------------------------------------------------ */

static void tell_unknown(struct reading *r, const struct value *v)
{
    const char *nearest = keys_nearest(v->key);
    if (backends_is_known(v->key))
        reading_warn(r, v, "%s: it is not among `backends'", v->key);
    else if (nearest)
        reading_warn(r, v, "unknown key %s: the nearest is '%s'", quote(v->key, strlen(v->key)).text, nearest);
    else
        reading_warn(r, v, "unknown key %s", quote(v->key, strlen(v->key)).text);
}

static void read_row(struct reading *r, const struct value *v)
{
    const struct key *key = keys_find(v->key);
    bool is_proxy = reading_member(r->config, "nodes");
    if (!key && !backends_has(r->config, v->key))
        tell_unknown(r, v);
    if (!key || v->kind <= VALUE_NULL)
        return;
    switch (key->use) {
    case KEY_RECEIVE: reading_option(r, v, key->text, &r->settings->receive); break;
    case KEY_AGGREGATE: reading_option(r, v, key->text, &r->settings->aggregate); break;
    case KEY_REFUSED:
        if (value_is_true(v) && !is_proxy)
            reading_warn(r, v, "%s: not supported: %s", v->key, key->text);
        break;
    default: break;
    }
}

/* --- sockets ---------------------------------------------------------------------------------- */

static struct listener *add_listener(struct settings *s, enum listener_kind kind)
{
    s->listeners = xreallocarray(s->listeners, s->listener_count + 1, sizeof *s->listeners);
    struct listener *l = &s->listeners[s->listener_count++];
    *l = (struct listener){ .kind = kind, .mode = -1 };
    return l;
}

/* The mode of a Unix socket's file: 0o777, or '0777' in quotes. */
static int read_mode(struct reading *r, const struct value *server)
{
    const struct value *v = reading_member(server, "socket_mod");
    char *end = NULL;
    if (!v)
        return -1;
    double mode = v->kind == VALUE_STRING ? (double)strtol(v->text, &end, 8) : value_to_number(v);
    if ((v->kind == VALUE_NUMBER || (end && end != v->text && !*end)) && mode >= 0 && mode <= 07777)
        return (int)mode;
    reading_error(r, v, "socket_mod: found %s: expected an octal mode", reading_quote(v).text);
    return -1;
}

static char *place_text(const char *address, bool is_ipv6, unsigned port)
{
    char *place = xmalloc((address ? strlen(address) : 0) + 32);
    if (!address)
        sprintf(place, "%s:%u", is_ipv6 ? "" : "0.0.0.0", port);
    else
        sprintf(place, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
    return place;
}

static void read_server(struct reading *r, const struct value *server)
{
    char *name = reading_text(r, server, "server", "./servers/udp"), *path = reading_text(r, server, "socket", NULL);
    const char *base = strncmp(name, "./servers/", 10) == 0 ? name + 10 : name;
    bool is_tcp = strcmp(base, "tcp") == 0 || strcmp(base, "tcp.js") == 0;
    if (!is_tcp && strcmp(base, "udp") != 0 && strcmp(base, "udp.js") != 0)
        reading_error(r, reading_member(server, "server"),
                      "server: found %s: expected './servers/udp' or './servers/tcp'", quote(name, strlen(name)).text);
    char *address = reading_text(r, server, "address", NULL);
    bool is_ipv6 = reading_flag(r, server, "address_ipv6", false);
    const struct value *port = reading_member(server, "port");
    bool is_any = port && port->kind == VALUE_NUMBER && port->number == 0;
    unsigned number = is_any ? 0 : (unsigned)reading_number(r, server, "port", SETTINGS_PORT, 0, 65535);
    if (is_tcp && path) {
        struct listener *l = add_listener(r->settings, LISTENER_UNIX);
        l->mode = read_mode(r, server);
        l->place = xstrndup(path, strlen(path));
    } else {
        struct listener *l = add_listener(r->settings, is_tcp ? LISTENER_TCP : LISTENER_UDP);
        l->place = place_text(address && *address ? address : NULL, is_ipv6, number);
    }
    free(address);
    free(path);
    free(name);
}

static void read_servers(struct reading *r)
{
    const struct value *servers = reading_member(r->config, "servers");
    if (servers && (servers->kind != VALUE_LIST || !servers->first))
        reading_error(r, servers, "servers: found %s: expected a list of objects",
                      servers->kind == VALUE_LIST ? "an empty list" : reading_quote(servers).text);
    if (!servers || servers->kind != VALUE_LIST)
        read_server(r, r->config);
    else
        for (const struct value *server = servers->first; server; server = server->next)
            read_server(r, server);
}

static void read_receive_buffer(struct reading *r)
{
    const struct value *v = reading_member(r->config, "rcvbuf");
    r->settings->receive_buffer = RECEIVE_BUFFER;
    if (!v)
        return;
    char *text = reading_scalar(v), *end = text;
    double size = text ? strtod(text, &end) : 0;
    const char *units = "kmg", *unit = text && *end ? strchr(units, *end | 0x20) : NULL;
    if (unit && !end[1])
        size *= (double)(1 << 10 * (unit - units + 1));
    if (!text || strspn(text, "0123456789.") != (size_t)(end - text) || (*end && (!unit || end[1])) ||
        !(size >= 1 && size <= 1 << 30) || size != trunc(size))
        reading_error(r, v, "rcvbuf: found %s: expected a size from 1 to 1G", reading_quote(v).text);
    else
        r->settings->receive_buffer = (int64_t)size;
    free(text);
}

/* --- time and statistics ---------------------------------------------------------------------- */

/* ms. */
static int64_t read_interval(struct reading *r)
{
    return (int64_t)reading_number(r, r->config, "flushInterval", 10000, 1, LONGEST_INTERVAL);
}

static void add_interval(struct command *c, const char *option, int64_t interval)
{
    command_add(c, option);
    if (interval % 1000)
        command_print(c, "%lldms", (long long)interval);
    else
        command_print(c, "%lld", (long long)interval / 1000);
}

static void read_percentiles(struct reading *r)
{
    const struct value *v = reading_member(r->config, "percentThreshold");
    char list[4096] = "";
    if (!v || !value_is_true(v))
        return;
    bool is_list = v->kind == VALUE_LIST;
    for (const struct value *item = is_list ? v->first : v; item; item = is_list ? item->next : NULL) {
        char number[NUMBER_TEXT_MAX];
        double value = value_to_number(item);
        size_t length = strlen(list);
        if (!isfinite(value) || length > sizeof list - NUMBER_TEXT_MAX - 2) {
            reading_error(r, item, "percentThreshold: found %s: expected a number or a list of numbers",
                          reading_quote(item).text);
            return;
        }
        int digits = (int)number_format(value, number);
        snprintf(list + length, sizeof list - length, "%s%.*s", length ? "," : "", digits, number);
    }
    if (*list)
        command_add_option(&r->settings->aggregate, "percentiles", list);
}

static bool append_item(char **list, const struct value *item)
{
    char *text = reading_scalar(item);
    if (!text || strchr(text, ',')) {
        free(text);
        return false;
    }
    size_t length = *list ? strlen(*list) : 0;
    *list = xreallocarray(*list, length + strlen(text) + 2, 1);
    sprintf(*list + length, "%s%s", length ? "," : "", text);
    free(text);
    return true;
}

static void read_histogram(struct reading *r, const struct value *entry)
{
    const struct value *metric = reading_member(entry, "metric"), *bins = reading_member(entry, "bins");
    char *list = NULL;
    bool is_good = metric && metric->kind == VALUE_STRING && bins && bins->kind == VALUE_LIST;
    for (const struct value *bin = is_good ? bins->first : NULL; bin && is_good; bin = bin->next)
        is_good = append_item(&list, bin);
    if (!is_good)
        reading_error(r, entry, "histogram: found %s: expected { metric: '...', bins: [1, 10, 'inf'] }",
                      reading_quote(entry).text);
    else {
        command_add(&r->settings->aggregate, "--histogram");
        command_print(&r->settings->aggregate, "%s=%s", metric->text, list ? list : "");
    }
    free(list);
}

static void read_histograms(struct reading *r)
{
    const struct value *v = reading_member(r->config, "histogram");
    if (v && v->kind != VALUE_LIST)
        reading_error(r, v, "histogram: found %s: expected a list", reading_quote(v).text);
    else if (v)
        for (const struct value *entry = v->first; entry; entry = entry->next)
            read_histogram(r, entry);
}

static void read_statistics(struct reading *r)
{
    const struct value *v = reading_member(r->config, "calculatedTimerMetrics");
    char *list = NULL;
    bool is_good = !v || v->kind == VALUE_LIST;
    for (const struct value *item = v && is_good ? v->first : NULL; item && is_good; item = item->next)
        is_good = append_item(&list, item);
    if (!is_good)
        reading_error(r, v, "calculatedTimerMetrics: found %s: expected a list of words", reading_quote(v).text);
    else if (list)
        command_add_option(&r->settings->aggregate, "stats", list);
    free(list);
}

static void read_idle(struct reading *r, int64_t interval)
{
    static const char *const keys[] = { "deleteCounters", "deleteTimers", "deleteSets" };
    static const char *const families[] = { "c", "ms", "s" };
    char list[160];
    size_t length = 0;
    bool all = reading_flag(r, r->config, "deleteIdleStats", false);
    for (size_t i = 0; i < 3; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s=%s,", families[i],
                                   reading_flag(r, r->config, keys[i], all) ? "0" : "forever");
    const struct value *ttl = reading_member(r->config, "gaugesMaxTTL");
    double flushes = ttl ? value_to_number(ttl) : 1;
    if (!(flushes >= 1 && flushes <= 1e6 && flushes == trunc(flushes)))
        flushes = 1;
    if (!reading_flag(r, r->config, "deleteGauges", all))
        snprintf(list + length, sizeof list - length, "g=forever");
    else
        snprintf(list + length, sizeof list - length, "g=%lldms", (long long)(flushes - 1) * (long long)interval);
    command_add_option(&r->settings->aggregate, "idle", list);
}

/* --- self-metrics and the rest ---------------------------------------------------------------- */

static void read_self(struct reading *r, int64_t interval)
{
    struct settings *s = r->settings;
    char *prefix = reading_text(r, r->config, "prefixStats", NULL);
    char *which = reading_text(r, r->config, "selfMetrics", "statsd");
    struct command *both[] = { &s->receive, &s->aggregate };
    bool is_none = reading_flag(r, r->config, "noSelf", false);
    for (size_t i = 0; i < 2; i++) {
        if (is_none)
            command_add_option(both[i], "no-self", NULL);
        else if (prefix)
            command_add_option(both[i], "self-prefix", prefix);
        if (!is_none && strcmp(which, "all") != 0)
            command_add_option(both[i], "self-metrics", which);
    }
    int64_t half = interval / 2 < 10 ? 10 : interval / 2;
    if (!is_none)
        add_interval(&s->receive, "--self-interval", half < SELF_INTERVAL ? half : SELF_INTERVAL);
    free(prefix);
    free(which);
}

static void read_console(struct reading *r)
{
    struct settings *s = r->settings;
    const struct value *port = reading_member(r->config, "mgmt_port");
    bool is_any = port && port->kind == VALUE_NUMBER && port->number == 0;
    s->console_host = reading_text(r, r->config, "mgmt_address", "127.0.0.1");
    s->console_port = is_any ? 0 : (uint16_t)reading_number(r, r->config, "mgmt_port", SETTINGS_CONSOLE_PORT, 0, 65535);
    char *health = reading_text(r, r->config, "healthStatus", "up");
    if (strcmp(health, "up") != 0 && strcmp(health, "down") != 0)
        reading_error(r, reading_member(r->config, "healthStatus"), "healthStatus: found %s: expected 'up' or 'down'",
                      quote(health, strlen(health)).text);
    s->is_down = strcmp(health, "down") == 0;
    s->is_reloaded = reading_flag(r, r->config, "automaticConfigReload", true);
    free(health);
}

static void read_state(struct reading *r)
{
    char *state = reading_text(r, r->config, "state", NULL);
    r->settings->has_state = state != NULL;
    if (state)
        command_add_option(&r->settings->aggregate, "state", state);
    free(state);
}

/* `statsd-recv --udp 0.0.0.0:8125` */
static char *text_of_receive(const struct settings *s)
{
    struct command c = { .words = NULL };
    command_add(&c, "statsd-recv");
    for (size_t i = 0; i < s->listener_count; i++)
        command_add_option(&c, settings_option(s->listeners[i].kind), s->listeners[i].place);
    char *text = command_text(&c);
    command_free(&c);
    return text;
}

static void refuse_others(struct reading *r)
{
    const struct value *nodes = reading_member(r->config, "nodes"), *repeater = reading_member(r->config, "repeater");
    if (nodes) {
        char *send = backends_send_text(r, nodes, true), *receive = text_of_receive(r->settings);
        reading_error(r, nodes, "nodes: this is a config of the proxy: `%s | %s' does its work", receive, send);
        free(receive);
        free(send);
    }
    if (repeater && !backends_has(r->config, "repeater"))
        reading_warn(r, repeater, "repeater: it is not among `backends'");
}

bool settings_read(struct settings *s, const struct value *config, const struct settings_listener *listener)
{
    struct value empty = { .kind = VALUE_OBJECT };
    struct reading r = { s, config ? config : &empty, listener, false };
    *s = (struct settings){ .listeners = NULL };
    int64_t interval = read_interval(&r);
    command_add(&s->receive, "statsd-recv");
    command_add(&s->aggregate, "statsd-agg");
    add_interval(&s->aggregate, "--interval", interval);
    read_servers(&r);
    read_receive_buffer(&r);
    char *tags = reading_text(&r, r.config, "tags", "dogstatsd,graphite");
    command_add_option(&s->receive, "tags", tags);
    free(tags);
    if (!reading_flag(&r, r.config, "keyNameSanitize", true))
        command_add_option(&s->receive, "raw-names", NULL);
    read_percentiles(&r);
    read_histograms(&r);
    read_statistics(&r);
    read_idle(&r, interval);
    read_self(&r, interval);
    read_state(&r);
    read_console(&r);
    refuse_others(&r);
    for (const struct value *v = r.config->first; v; v = v->next)
        read_row(&r, v);
    backends_read(&r);
    return !r.failed;
}

void settings_free(struct settings *s)
{
    for (size_t i = 0; i < s->listener_count; i++)
        free(s->listeners[i].place);
    for (size_t i = 0; i < s->sink_count; i++) {
        free(s->sinks[i].name);
        command_free(&s->sinks[i].command);
    }
    free(s->listeners);
    free(s->sinks);
    command_free(&s->receive);
    command_free(&s->aggregate);
    free(s->console_host);
    *s = (struct settings){ .listeners = NULL };
}
