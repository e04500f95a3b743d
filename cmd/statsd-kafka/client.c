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

struct file {
    const char *path;
    size_t number;                             /* of the line */
    const struct client_property *own, *fixed; /* what it may not have */
};

static _Noreturn void refuse_line(const struct file *file, const char *reason)
{
    say("%s:%zu: %s", file->path, file->number, reason);
    exit(EXIT_USAGE);
}

static void take_line(rd_kafka_conf_t *conf, char *line, const struct file *file)
{
    char *name, *value, reason[512];
    if (!client_property_line(line, &name, &value))
        refuse_line(file, "expected NAME=VALUE");
    if (!name)
        return;
    if (is_among(name, file->own) || is_among(name, file->fixed)) {
        snprintf(reason, sizeof reason, "%s is set by statsd-kafka", quote(name, strlen(name)).text);
        refuse_line(file, reason);
    }
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        refuse_line(file, reason);
}

static void take_file(rd_kafka_conf_t *conf, struct file *file)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *stream = fopen(file->path, "re");
    if (!stream)
        die_errno("open %s", file->path);
    while (file->number++, getline(&line, &capacity, stream) >= 0)
        take_line(conf, line, file);
    if (ferror(stream))
        die_errno("read %s", file->path);
    free(line);
    fclose(stream);
}

static void set_all(rd_kafka_conf_t *conf, const struct client_property *properties)
{
    char reason[512];
    for (; properties->name; properties++)
        if (rd_kafka_conf_set(conf, properties->name, properties->value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
            die("%s: %s", properties->name, reason);
}

/* True for what librdkafka mends by itself at the start of a broker. */
static bool is_passing(int code)
{
    return code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

/* The reason of one broker's failure comes before the message that all are down. */
static void take_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct client_report *report = opaque;
    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__FATAL || is_passing(code))
        return; /* rd_kafka_fatal_error has the first for whoever asks */
    if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__RESOLVE) {
        snprintf(report->reason, sizeof report->reason, "%s", reason);
    } else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        complain(&report->errors, "%s", reason);
    } else if (!report->is_away) {
        report->is_away = true;
        warn("%s: waiting", *report->reason ? report->reason : reason);
    }
}

void client_is_back(struct client_report *report)
{
    if (!report->is_away)
        return;
    report->is_away = false;
    warn("Kafka answers again");
}

/* What matters of librdkafka's log comes to take_error too. */
static void take_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    if (die_verbosity() > 0)
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
        take_file(conf, &(struct file){ .path = config->properties, .own = own, .fixed = fixed });
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
