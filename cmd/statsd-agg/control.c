#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"
#include "base/shortage.h"
#include "base/xalloc.h"
#include "filter/state_file.h"
#include "filter/unix_socket.h"
#include "format/aggregate.h"

enum { LINE_MAX_BYTES = 16384 };

struct control {
    struct agg *agg;
    int listener;
    struct unix_socket_file file;
    int64_t rest_end; /* monotonic ms: when to accept again; 0: at once */
    struct shortages shortages;
    int client;    /* -1: there is none */
    int64_t moved; /* monotonic ms: when it sent or read something last */
    bool is_over;  /* it has sent everything */
    size_t length; /* of what it has sent and we have not carried out */
    char line[LINE_MAX_BYTES];
    struct text answer;
    size_t sent;
};

struct control *control_open(const char *path, struct agg *agg)
{
    struct control *c = xcalloc(1, sizeof *c);
    c->listener = unix_socket_listen(path, SOCK_STREAM, 0600, &c->file);
    if (c->listener < 0)
        die_errno("--control %s", path);
    c->agg = agg;
    c->client = -1;
    c->shortages = shortages_none;
    return c;
}

static void drop_client(struct control *c)
{
    close(c->client);
    c->client = -1;
    c->is_over = false;
    c->length = c->sent = 0;
    free(c->answer.bytes);
    c->answer = (struct text){ .bytes = NULL };
}

void control_close(struct control *c)
{
    if (!c)
        return;
    if (c->client >= 0)
        drop_client(c);
    shortage_summary(&c->shortages);
    unix_socket_remove(&c->file);
    close(c->listener);
    free(c);
}

static bool has_answer(const struct control *c)
{
    return c->sent < c->answer.length;
}

int64_t control_watch(const struct control *c, struct pollfd *p)
{
    if (c->client < 0) {
        *p = (struct pollfd){ .fd = c->rest_end ? -1 : c->listener, .events = POLLIN };
        return c->rest_end ? c->rest_end : INT64_MAX;
    }
    *p = (struct pollfd){ .fd = c->client, .events = has_answer(c) ? POLLOUT : POLLIN };
    return c->moved + CONTROL_PATIENCE;
}

/* The first word of *rest, which then begins after it. */
static struct span take_word(struct span *rest)
{
    const char *blank = memchr(rest->text, ' ', rest->length);
    struct span word = { rest->text, blank ? (size_t)(blank - rest->text) : rest->length };
    size_t taken = blank ? word.length + 1 : word.length;
    *rest = (struct span){ rest->text + taken, rest->length - taken };
    return word;
}

static void answer_series(struct control *c, struct span verb, struct span rest)
{
    bool is_exact = span_is(verb, "delete");
    struct span letters = take_word(&rest);
    int type = aggregate_type_find(letters);
    if (type < 0 || type >= FAMILIES)
        text_put_string(&c->answer, "error: expected a type, c, ms, g or s\n");
    else if (span_is(verb, "dump"))
        agg_dump(c->agg, (enum family)type, rest.length ? rest : SPAN("*"), &c->answer);
    else if (!rest.length)
        text_print(&c->answer, "error: expected a %s\n", is_exact ? "series" : "pattern");
    else
        text_print(&c->answer, "%zu\n", agg_forget(c->agg, (enum family)type, rest, is_exact));
}

static void answer_error(struct control *c, const char *message)
{
    text_put_string(&c->answer, "error: ");
    text_put_string(&c->answer, message);
    text_put_byte(&c->answer, '\n');
}

static void answer_save(struct control *c, struct span path)
{
    char *copy = xstrndup(path.text, path.length), message[STATE_FILE_MESSAGE_MAX];
    if (!path.length)
        text_put_string(&c->answer, "error: expected a file\n");
    else if (!agg_save_at_end(c->agg, copy, message))
        answer_error(c, message);
    else
        text_put_string(&c->answer, "ok\n");
    free(copy);
}

static void answer(struct control *c, struct span line)
{
    struct span rest = line, word = take_word(&rest);
    if (span_is(word, "dump") || span_is(word, "forget") || span_is(word, "delete"))
        answer_series(c, word, rest);
    else if (span_is(word, "status"))
        agg_figures(c->agg, &c->answer);
    else if (span_is(word, "save"))
        answer_save(c, rest);
    else
        text_put_string(&c->answer, "error: expected dump, forget, delete, status or save\n");
    text_put_byte(&c->answer, '\n');
}

/* Carries out the first line that is whole. False if there is none. */
static bool take_line(struct control *c)
{
    char *newline = memchr(c->line, '\n', c->length);
    if (!newline && c->length == sizeof c->line) {
        text_print(&c->answer, "error: expected a line of at most %d bytes\n\n", LINE_MAX_BYTES - 1);
        c->is_over = true;
        c->length = 0;
        return true;
    }
    if (!newline && !(c->is_over && c->length))
        return false;
    size_t length = newline ? (size_t)(newline - c->line) : c->length, taken = newline ? length + 1 : length;
    answer(c, (struct span){ c->line, length && c->line[length - 1] == '\r' ? length - 1 : length });
    c->length -= taken;
    memmove(c->line, c->line + taken, c->length);
    return true;
}

static void receive(struct control *c)
{
    ssize_t n = recv(c->client, c->line + c->length, sizeof c->line - c->length, 0);
    if (n > 0)
        c->length += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        c->is_over = true;
}

static void send_answer(struct control *c)
{
    ssize_t n = send(c->client, c->answer.bytes + c->sent, c->answer.length - c->sent, MSG_NOSIGNAL);
    if (n > 0)
        c->sent += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        drop_client(c);
}

static void serve(struct control *c)
{
    if (has_answer(c))
        send_answer(c);
    else
        receive(c);
    while (c->client >= 0 && !has_answer(c)) {
        c->answer.length = c->sent = 0;
        if (!take_line(c))
            break;
        send_answer(c);
    }
    if (c->client >= 0 && c->is_over && !c->length && !has_answer(c))
        drop_client(c);
}

static void accept_client(struct control *c, int64_t now)
{
    c->client = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    c->moved = now;
    if (c->client >= 0 || errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return;
    shortage_report(&c->shortages, "accept", c->file.path, errno);
    c->rest_end = now + SHORTAGE_REST;
}

void control_step(struct control *c, short revents, int64_t now)
{
    if (now >= c->rest_end)
        c->rest_end = 0;
    if (c->client >= 0 && revents) {
        c->moved = now;
        serve(c);
    } else if (c->client >= 0 && now >= c->moved + CONTROL_PATIENCE) {
        drop_client(c);
    } else if (revents) {
        accept_client(c, now);
    }
}
