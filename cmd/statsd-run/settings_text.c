#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "settings.h"

const char *settings_option(enum listener_kind kind)
{
    return kind == LISTENER_UDP ? "udp" : kind == LISTENER_TCP ? "tcp" : "unix";
}

struct command settings_receive(const struct settings *s)
{
    struct command c = { .words = NULL };
    command_add(&c, s->receive.words[0]);
    for (size_t i = 0; i < s->listener_count; i++) {
        const struct listener *l = &s->listeners[i];
        if (l->mode >= 0) {
            command_add(&c, "--mode");
            command_print(&c, "%04o", (unsigned)l->mode);
        }
        command_add_option(&c, settings_option(l->kind), l->place);
    }
    command_add(&c, "--rcvbuf");
    if (s->receive_buffer % (1 << 20))
        command_print(&c, "%lld", (long long)s->receive_buffer);
    else
        command_print(&c, "%lldM", (long long)s->receive_buffer >> 20);
    for (size_t i = 1; i < s->receive.count; i++)
        command_add(&c, s->receive.words[i]);
    return c;
}

/* The sink at the end of the pipe: the first that writes to standard output, or the last. */
static size_t last_sink(const struct settings *s)
{
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].is_shown)
            return i;
    return s->sink_count - 1;
}

static void put_command(FILE *out, const struct command *c)
{
    char *text = command_text(c);
    fputs(text, out);
    free(text);
}

static void put_sinks(FILE *out, const struct settings *s)
{
    size_t last = last_sink(s);
    if (s->sink_count > 1) {
        fputs(" |\n    tee -i", out);
        for (size_t i = 0; i < s->sink_count; i++)
            if (i != last) {
                fputs(" \\\n        >(", out);
                put_command(out, &s->sinks[i].command);
                fputs(s->sinks[i].is_shown ? " >&2)" : " >/dev/null)", out);
            }
    }
    fputs(" |\n    ", out);
    put_command(out, &s->sinks[last].command);
    fputc('\n', out);
}

char *settings_text(const struct settings *s)
{
    char *text;
    size_t size;
    FILE *out = xmemstream_begin(&text, &size);
    struct command receive = settings_receive(s);
    put_command(out, &receive);
    command_free(&receive);
    fputs(" |\n    ", out);
    put_command(out, &s->aggregate);
    if (s->sink_count)
        put_sinks(out, s);
    else
        fputs(" >/dev/null\n", out);
    xmemstream_end(out);
    return text;
}
