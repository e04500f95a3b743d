/* settings: a config → the sockets, the command lines and the console.
 *
 * Nothing here touches a descriptor or the environment. Errors are reported to a callback. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "value.h"

enum { SETTINGS_PORT = 8125, SETTINGS_CONSOLE_PORT = 8126, SETTINGS_CARBON_PORT = 2003 };

/* A socket that statsd-recv reads. */
enum listener_kind { LISTENER_UDP, LISTENER_TCP, LISTENER_UNIX };
struct listener {
    enum listener_kind kind;
    char *place; /* as statsd-recv has it: `0.0.0.0:8125`, `:8125` or a path */
    int mode;    /* of a Unix socket's file; -1: not said */
};

/* A program that the aggregates go to. */
struct sink {
    char *name; /* of the backend, as the config has it without its path: `graphite` */
    struct command command;
    bool is_shown; /* its standard output is meant for the user */
};

struct settings {
    struct listener *listeners;
    size_t listener_count;
    int64_t receive_buffer;   /* bytes */
    struct command receive;   /* statsd-recv with its options, without its sockets */
    struct command aggregate; /* statsd-agg with its options */
    struct sink *sinks;
    size_t sink_count;
    char *console_host;
    uint16_t console_port;
    bool is_down;     /* healthStatus: what the console answers at first */
    bool is_reloaded; /* automaticConfigReload */
    bool has_state;   /* the config has a `state` */
};

/* Gets every error and warning, in the order of the config. line is 0 if there is none. */
struct settings_listener {
    void (*tell)(void *self, bool is_error, unsigned line, const char *text);
    void *self;
};

/* Fills *s from the config, an object, or from the defaults where it is NULL. False if anything was
 * an error; *s must be freed in any case. */
bool settings_read(struct settings *s, const struct value *config, const struct settings_listener *listener);
void settings_free(struct settings *s);

/* The option of statsd-recv that opens a socket of that kind, without its dashes. */
const char *settings_option(enum listener_kind kind);

/* The command of statsd-recv with its sockets as its own options open them. */
struct command settings_receive(const struct settings *s);

/* The pipeline as bash reads it, malloc'd; it ends with a line feed. */
char *settings_text(const struct settings *s);

#endif
