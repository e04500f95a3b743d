#include "client.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

bool client_property_line(char *line, char **name, char **value)
{
    char *equals;
    line = trim(line);
    *name = NULL;
    if (!*line || *line == '#')
        return true;
    equals = strchr(line, '=');
    if (!equals || equals == line)
        return false;
    *equals = '\0';
    *name = trim(line);
    *value = trim(equals + 1);
    return **name;
}

static bool is_among(const char *name, const struct client_property *properties)
{
    for (; properties->name; properties++)
        if (strcmp(properties->name, name) == 0)
            return true;
    return false;
}

static _Noreturn void refuse_line(const char *path, size_t number, const char *reason)
{
    say("%s:%zu: %s", path, number, reason);
    exit(EXIT_USAGE);
}

static void take_line(rd_kafka_conf_t *conf, char *line, const char *path, size_t number,
                      const struct client_property *fixed)
{
    char *name, *value, reason[512];
    if (!client_property_line(line, &name, &value))
        refuse_line(path, number, "expected NAME=VALUE");
    if (!name)
        return;
    if (is_among(name, fixed)) {
        snprintf(reason, sizeof reason, "%s is set by statsd-kafka", quote(name, strlen(name)).text);
        refuse_line(path, number, reason);
    }
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        refuse_line(path, number, reason);
}

static void take_file(rd_kafka_conf_t *conf, const char *path, const struct client_property *fixed)
{
    char *line = NULL;
    size_t capacity = 0, number = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        die_errno("open %s", path);
    while (getline(&line, &capacity, file) >= 0)
        take_line(conf, line, path, ++number, fixed);
    if (ferror(file))
        die_errno("read %s", path);
    free(line);
    fclose(file);
}

static void set_all(rd_kafka_conf_t *conf, const struct client_property *properties)
{
    char reason[512];
    for (; properties->name; properties++)
        if (rd_kafka_conf_set(conf, properties->name, properties->value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
            die("%s: %s", properties->name, reason);
}

/* Every broker's own failure is reported before they are all down, in the words of the system. */
static void take_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct client_report *report = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        return; /* rd_kafka_fatal_error has it for whoever asks */
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && code != RD_KAFKA_RESP_ERR__TRANSPORT) {
        complain(&report->errors, "%s", reason);
    } else if (!report->is_away) {
        report->is_away = true;
        warn("%s: waiting", reason);
    }
}

void client_is_back(struct client_report *report)
{
    if (!report->is_away)
        return;
    report->is_away = false;
    warn("Kafka answers again");
}

/* What librdkafka logs is a part of take_error's, in other words. */
static void take_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    enum { LOG_ERROR = 3 };
    (void)rk;
    if (die_verbosity() > 0 && level > LOG_ERROR)
        warn("%s: %s", facility, text);
}

rd_kafka_conf_t *client_properties(const struct config *config, const struct client_property *usual,
                                   const struct client_property *fixed, struct client_report *report)
{
    const struct client_property own[] = { { "bootstrap.servers", config->brokers },
                                           { "client.software.name", "statsd-utils" },
                                           { "log.queue", "true" },
                                           { NULL, NULL } };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_all(conf, usual);
    if (config->properties)
        take_file(conf, config->properties, fixed);
    set_all(conf, own);
    set_all(conf, fixed);
    rd_kafka_conf_set_error_cb(conf, take_error);
    rd_kafka_conf_set_log_cb(conf, take_log);
    rd_kafka_conf_set_opaque(conf, report);
    return conf;
}

rd_kafka_t *client_open(rd_kafka_type_t type, rd_kafka_conf_t *properties)
{
    char reason[512];
    rd_kafka_t *rk = rd_kafka_new(type, properties, reason, sizeof reason);
    if (!rk)
        die("%s", reason);
    rd_kafka_set_log_queue(rk, NULL);
    return rk;
}
