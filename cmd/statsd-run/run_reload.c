#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "control_client.h"

enum { HANDOVER_PATIENCE = 5000 }; /* ms */

/* --- sockets ---------------------------------------------------------------------------------- */

static enum net_kind kind_of(enum listener_kind kind)
{
    return kind == LISTENER_UDP ? NET_UDP : kind == LISTENER_TCP ? NET_TCP : NET_UNIX;
}

static void open_listener(struct run_listener *l, const struct listener *wanted, int64_t receive_buffer)
{
    if (!net_parse_place(kind_of(wanted->kind), wanted->place, &l->place))
        die("%s: expected %s", quote(wanted->place, strlen(wanted->place)).text,
            net_place_expected(kind_of(wanted->kind)));
    if (wanted->mode >= 0)
        l->place.mode = (unsigned)wanted->mode;
    l->text = xstrndup(wanted->place, strlen(wanted->place));
    net_sockets_open(&l->sockets, &l->place, 1, receive_buffer);
}

static void take_handed_down(struct run *r, int count)
{
    r->is_handed_down = true;
    r->listener_count = (size_t)count;
    r->listeners = xcalloc(r->listener_count, sizeof *r->listeners);
    for (int i = 0; i < count; i++) {
        r->listeners[i].place = (struct net_place){ .kind = NET_UDP, .fd = NET_HANDED_DOWN + i };
        net_sockets_open(&r->listeners[i].sockets, &r->listeners[i].place, 1, 0);
        fcntl(NET_HANDED_DOWN + i, F_SETFD, FD_CLOEXEC);
    }
}

void run_open_sockets(struct run *r)
{
    const struct settings *s = &r->now.settings;
    int count;
    if (net_handed_over(&count) == NET_FOR_US) {
        take_handed_down(r, count);
        return;
    }
    r->listener_count = s->listener_count;
    r->listeners = xcalloc(r->listener_count, sizeof *r->listeners);
    for (size_t i = 0; i < s->listener_count; i++)
        open_listener(&r->listeners[i], &s->listeners[i], s->receive_buffer);
}

/* The listener that has the socket already, or NULL. */
static struct run_listener *find_listener(struct run *r, const struct listener *wanted)
{
    for (size_t i = 0; i < r->listener_count; i++) {
        struct run_listener *l = &r->listeners[i];
        if (l->text && strcmp(l->text, wanted->place) == 0 && l->place.kind == kind_of(wanted->kind) &&
            (wanted->mode < 0 || l->place.mode == (unsigned)wanted->mode))
            return l;
    }
    return NULL;
}

/* Opens the new sockets in a child process, which reports what is wrong with them. */
static bool can_open(struct run *r, const struct settings *next)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        for (size_t i = 0; i < next->listener_count; i++)
            if (!find_listener(r, &next->listeners[i])) {
                struct run_listener l = { .text = NULL };
                open_listener(&l, &next->listeners[i], 0);
                net_sockets_close(&l.sockets);
            }
        if (next->console_port && (next->console_port != r->now.settings.console_port ||
                                   strcmp(next->console_host, r->now.settings.console_host) != 0)) {
            struct console c;
            console_open(&c, next->console_host, next->console_port, "", NULL, false);
        }
        _exit(0);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return pid > 0 && status == 0;
}

/* Keeps the sockets of both configs, opens the new ones and closes the others. True if any
 * changed. */
static bool change_sockets(struct run *r, const struct settings *next)
{
    struct run_listener *listeners = xcalloc(next->listener_count, sizeof *listeners);
    bool has_changed = next->listener_count != r->listener_count;
    for (size_t i = 0; i < next->listener_count; i++) {
        struct run_listener *old = find_listener(r, &next->listeners[i]);
        if (old) {
            if (next->receive_buffer != r->now.settings.receive_buffer)
                net_sockets_set_buffer(&old->sockets, next->receive_buffer);
            listeners[i] = *old;
            *old = (struct run_listener){ .text = NULL };
        } else {
            open_listener(&listeners[i], &next->listeners[i], next->receive_buffer);
            has_changed = true;
        }
    }
    for (size_t i = 0; i < r->listener_count; i++) {
        free(r->listeners[i].text);
        net_sockets_close(&r->listeners[i].sockets);
    }
    free(r->listeners);
    r->listeners = listeners;
    r->listener_count = next->listener_count;
    run_collect_sockets(r);
    return has_changed;
}

/* --- stages ----------------------------------------------------------------------------------- */

static void replace_command(struct stage *s, const struct command *command)
{
    command_free(&s->command);
    command_append(&s->command, command);
    if (s->feed.limit)
        s->name = s->command.words[0];
}

static void ask_to_end(struct stage *s, int64_t now)
{
    if (s->state == STAGE_RUNNING && !s->is_asked) {
        s->is_asked = true;
        s->asked = now;
    }
}

static void change_receive(struct run *r, const struct settings *next, bool has_other_sockets, int64_t now)
{
    if (!has_other_sockets && command_equal(&r->receive.command, &next->receive))
        return;
    replace_command(&r->receive, &next->receive);
    ask_to_end(&r->receive, now);
    stage_signal(&r->receive, SIGTERM);
}

static void change_aggregate(struct run *r, const struct settings *next, int64_t now)
{
    if (command_equal(&r->aggregate.command, &next->aggregate))
        return;
    replace_command(&r->aggregate, &next->aggregate);
    if (r->aggregate.state != STAGE_RUNNING)
        return;
    r->handover = HANDOVER_EMPTY;
    r->handover_began = now;
}

static struct stage *find_sink(struct run *r, size_t count, const struct sink *sink, const bool *is_kept, bool is_exact)
{
    for (size_t i = 0; i < count; i++) {
        struct stage *s = r->sinks[i];
        if (is_kept[i] || s->is_leaving)
            continue;
        if (is_exact ? command_equal(&s->command, &sink->command)
                     : strcmp(s->command.words[0], sink->command.words[0]) == 0)
            return s;
    }
    return NULL;
}

static void mark(const struct run *r, const struct stage *s, bool *is_kept)
{
    for (size_t i = 0; i < r->sink_count; i++)
        if (r->sinks[i] == s)
            is_kept[i] = true;
}

static void change_sinks(struct run *r, const struct settings *next, int64_t now)
{
    size_t count = r->sink_count;
    bool *is_kept = xcalloc(count + 1, sizeof *is_kept), *is_placed = xcalloc(next->sink_count + 1, sizeof *is_placed);
    for (int is_exact = 1; is_exact >= 0; is_exact--)
        for (size_t i = 0; i < next->sink_count; i++) {
            struct stage *s = is_placed[i] ? NULL : find_sink(r, count, &next->sinks[i], is_kept, is_exact);
            if (!s)
                continue;
            is_placed[i] = true;
            mark(r, s, is_kept);
            if (!is_exact) {
                replace_command(s, &next->sinks[i].command);
                ask_to_end(s, now);
            }
        }
    for (size_t i = 0; i < count; i++)
        if (!is_kept[i]) {
            r->sinks[i]->is_leaving = true;
            ask_to_end(r->sinks[i], now);
        }
    for (size_t i = 0; i < next->sink_count; i++)
        if (!is_placed[i])
            run_add_sink(r, &next->sinks[i]);
    free(is_kept);
    free(is_placed);
}

static void change_console(struct run *r, struct config_now *next)
{
    const struct settings *old = &r->now.settings, *new = &next->settings;
    if (new->console_port != old->console_port || strcmp(new->console_host, old->console_host) != 0) {
        bool is_down = *r->console.is_down;
        console_close(&r->console);
        console_open(&r->console, new->console_host, new->console_port, r->control, next->value, is_down);
    }
    r->console.config = next->value;
}

void run_reload(struct run *r, int64_t now)
{
    struct config_now next;
    if (r->handover != HANDOVER_NONE) {
        r->wants_reload = true;
        return;
    }
    r->wants_reload = false;
    bool is_good = config_file_read(&r->file, &next) && config_file_check_programs(&next.settings) &&
                   (r->is_handed_down || can_open(r, &next.settings));
    if (!is_good) {
        say("%s: not loaded: everything runs on as it was", r->file.path ? r->file.path : "defaults");
        r->now.status = next.status;
        config_now_free(&next);
        return;
    }
    bool has_other_sockets = !r->is_handed_down && change_sockets(r, &next.settings);
    change_receive(r, &next.settings, has_other_sockets, now);
    change_aggregate(r, &next.settings, now);
    change_sinks(r, &next.settings, now);
    change_console(r, &next);
    config_now_free(&r->now);
    r->now = next;
    warn("%s: loaded", r->file.path ? r->file.path : "defaults");
}

/* --- statsd-agg ------------------------------------------------------------------------------- */

static void end_handover(struct run *r, int64_t now)
{
    if (r->handover == HANDOVER_ASKED)
        close(r->handover_fd);
    r->handover = HANDOVER_ENDED;
    stage_end_input(&r->aggregate, now);
}

static void ask_to_save(struct run *r)
{
    char command[RUN_PATH_MAX + 8] = "save ";
    strcat(command, r->saved);
    r->handover_fd = control_send(r->control, command);
    if (r->handover_fd < 0)
        return;
    r->handover = HANDOVER_ASKED;
}

void run_step_handover(struct run *r, int64_t now)
{
    char answer[64];
    if (r->handover == HANDOVER_NONE && r->wants_reload && !r->is_ending)
        run_reload(r, now);
    if (r->handover == HANDOVER_EMPTY && !feed_pending(&r->aggregate.feed))
        ask_to_save(r);
    ssize_t n = r->handover == HANDOVER_ASKED ? read(r->handover_fd, answer, sizeof answer) : -1;
    bool is_late = (r->handover == HANDOVER_EMPTY || r->handover == HANDOVER_ASKED) &&
                   now >= r->handover_began + HANDOVER_PATIENCE;
    if (n < 0 && !is_late)
        return;
    if (n < 2 || memcmp(answer, "ok", 2) != 0)
        warn("statsd-agg does not save its open interval: it is written as far as it is");
    end_handover(r, now);
}
