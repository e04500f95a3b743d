#include "run/work.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "message.h"
#include "run/fields.h"
#include "run/log_message.h"

enum { MESSAGES_A_TURN = 64, FAILURES_MOST = 10, CHECK_EVERY = 250 /* ms */ };

/* --- the command ------------------------------------------------------------------------------ */

/* Plans the next start after a command has failed. Takes a printf format for what has happened. */
static void plan_start(struct work *w, const char *what)
{
    command_kill(&w->command);
    checkpoint_drop(w);
    w->pending.length = w->written = w->name_length = 0;
    w->is_full = w->has_more = false;
    if (++w->failures >= FAILURES_MOST) {
        say("partition %" PRId32 ": %s: it has failed %d times without a checkpoint", w->partition, what, w->failures);
        w->shared->has_failed = true;
        w->due = INT64_MAX;
        return;
    }
    int64_t pause = pauses_next(&w->pauses, random());
    warn("partition %" PRId32 ": %s: it is started again in %.1f s", w->partition, what, (double)pause / 1000);
    w->due = w->shared->now + pause;
}

static void fail(struct work *w, int how)
{
    char what[64];
    snprintf(what, sizeof what,
             WIFEXITED(how) ? "the command ended with status %d" : "the command was killed by signal %d",
             WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how));
    plan_start(w, what);
}

static void start(struct work *w)
{
    const struct command_variables variables = { w->shared->options.topic, w->state, w->partition };
    if (command_start(&w->command, w->shared->options.command, &variables) == 0) {
        w->has_more = true;
        w->due = INT64_MAX;
        return;
    }
    char what[128];
    snprintf(what, sizeof what, "the command cannot be started: %s", strerror(errno));
    plan_start(w, what);
}

static void start_again(struct work *w)
{
    int64_t offset = work_restore(w);
    if (w->shared->is_ending)
        return;
    shared_assign_again(w->shared, w->partition, offset);
    checkpoint_drop(w);
    start(w);
}

struct work *work_begin(struct shared *shared, int32_t partition, int64_t *offset)
{
    struct work *w = xcalloc(1, sizeof *w);
    *w = (struct work){
        .shared = shared, .partition = partition, .command = COMMAND_NONE, .checkpoint = { .state_fd = -1 }
    };
    pauses_begin(&w->pauses);
    *offset = work_restore(w);
    checkpoint_drop(w);
    w->queue = rd_kafka_queue_get_partition(shared->consumer, shared->options.topic, partition);
    if (!w->queue)
        die("partition %" PRId32 ": there is no such partition", partition);
    rd_kafka_queue_forward(w->queue, NULL);
    rd_kafka_queue_io_event_enable(w->queue, shared->wake[1], "", 1);
    if (!shared->is_ending)
        start(w);
    return w;
}

void work_end(struct work *w)
{
    command_kill(&w->command);
    checkpoint_drop(w);
    rd_kafka_queue_io_event_enable(w->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(w->queue);
    shelf_free(&w->shelf);
    log_clock_free(&w->clock);
    free(w->pending.bytes);
    free(w->state);
    free(w);
}

/* --- descriptor 3 ----------------------------------------------------------------------------- */

static void take_name(struct work *w, struct span line)
{
    int64_t time;
    if (!clock_parse(line.text, line.length, &time))
        warn("partition %" PRId32 ": bad time %s on descriptor 3", w->partition, quote(line.text, line.length).text);
    else if (w->delivered == FIELD_NO_TIME || time > w->delivered)
        w->delivered = time;
}

/* A line that is too long is no time, and is cut. */
static void take_byte(struct work *w, char byte)
{
    if (byte == '\n') {
        take_name(w, (struct span){ w->name, w->name_length });
        w->name_length = 0;
    } else if (w->name_length < sizeof w->name) {
        w->name[w->name_length++] = byte;
    }
}

static void read_names(struct work *w)
{
    char bytes[4096];
    ssize_t n;
    while (w->command.done >= 0 && (n = read(w->command.done, bytes, sizeof bytes)) >= 0) {
        for (ssize_t i = 0; i < n; i++)
            take_byte(w, bytes[i]);
        if (n == 0) {
            close(w->command.done);
            w->command.done = -1;
        }
    }
}

/* --- messages --------------------------------------------------------------------------------- */

static struct span header(const rd_kafka_headers_t *headers, const char *name)
{
    const void *value;
    size_t size;
    if (!headers || rd_kafka_header_get_last(headers, name, &value, &size))
        return (struct span){ NULL, 0 };
    return value ? (struct span){ value, size } : SPAN("");
}

static struct log_message read_message(const rd_kafka_message_t *message, int64_t known)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_timestamp_type_t type;
    int64_t appended = rd_kafka_message_timestamp(message, &type);
    (void)rd_kafka_message_headers(message, &headers);
    const struct message_headers found = { header(headers, MESSAGE_SOURCE), header(headers, MESSAGE_MARK),
                                           header(headers, MESSAGE_END) };
    return message_read(&found, type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? known : appended);
}

static void name_odd_sources(struct work *w)
{
    const struct log_source *odd;
    while ((odd = log_clock_odd(&w->clock)) != NULL)
        warn("partition %" PRId32 ": the clock of source %s is %.1f s %s the broker's", w->partition,
             quote(odd->name, odd->length).text, (double)(odd->off < 0 ? -odd->off : odd->off) / 1000,
             odd->off < 0 ? "behind" : "ahead of");
}

static void take_lines(struct work *w, struct span payload, int64_t offset)
{
    int64_t dropped = payload.length ? message_put_lines(&w->pending, payload) : 0;
    while (dropped-- > 0)
        complain(&w->shared->clock_lines, "partition %" PRId32 ", offset %" PRId64 ": a line of %s dropped",
                 w->partition, offset, CLOCK_SERIES);
}

/* The offset that we wanted was not in the log, which is now read from its beginning, `first`. Its
 * end comes with the messages. To ask the broker for either would wait for a mute one without
 * hearing signals. True if the message at `first` is the next one. */
static bool find_place(struct work *w, int64_t first)
{
    int64_t start, end = first + 1;
    w->is_lost = false;
    if (w->next < 0 || w->next == first)
        return true;
    if (w->next < first) {
        warn("partition %" PRId32 ": %" PRId64 " messages lost: the log's retention has taken offsets %" PRId64
             " to %" PRId64,
             w->partition, first - w->next, w->next, first - 1);
        w->next = first;
        return true;
    }
    (void)rd_kafka_get_watermark_offsets(w->shared->consumer, w->shared->options.topic, w->partition, &start, &end);
    if (end < w->next) {
        say("partition %" PRId32 ": the log ends at offset %" PRId64 ", before %" PRId64 ": it is not the one that the "
            "checkpoint was made of",
            w->partition, end, w->next);
        w->shared->has_failed = true;
    } else {
        shared_assign_again(w->shared, w->partition, w->next); /* it has grown since */
    }
    return false;
}

static void take_message(struct work *w, const rd_kafka_message_t *message)
{
    if (w->is_lost && !find_place(w, message->offset))
        return;
    if (message->offset < w->next)
        return; /* of the assignment before */
    if (w->next >= 0 && message->offset > w->next) {
        say("partition %" PRId32 ": offset %" PRId64 " follows %" PRId64 ": messages are missing", w->partition,
            message->offset, w->next - 1);
        w->shared->has_failed = true;
        return;
    }
    take_lines(w, (struct span){ message->payload, message->len }, message->offset);
    w->next = message->offset + 1;
    const struct log_message read = read_message(message, w->clock.appended);
    if (log_clock_take(&w->clock, &read))
        message_put_clock(&w->pending, w->clock.time, w->number);
    name_odd_sources(w);
}

static void take_event(struct work *w, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        w->is_lost = true;
        shared_assign_again(w->shared, w->partition, RD_KAFKA_OFFSET_BEGINNING);
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        complain(&w->shared->report.errors, "partition %" PRId32 ": %s", w->partition,
                 rd_kafka_message_errstr(message));
    }
}

/* Takes the next message of the queue. False if there is none. */
static bool take_next(struct work *w)
{
    rd_kafka_message_t *message = rd_kafka_consume_queue(w->queue, 0);
    if (!message)
        return false;
    if (message->err) {
        take_event(w, message);
    } else {
        client_is_back(&w->shared->report);
        take_message(w, message);
    }
    rd_kafka_message_destroy(message);
    return !w->shared->has_failed;
}

/* --- the pipe --------------------------------------------------------------------------------- */

/* Writes what is pending. True if nothing is left. */
static bool write_pending(struct work *w)
{
    while (w->written < w->pending.length) {
        ssize_t n = write(w->command.input, w->pending.bytes + w->written, w->pending.length - w->written);
        if (n > 0) {
            w->written += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            w->is_full = true;
            return false;
        } else if (n < 0 && errno != EINTR) {
            plan_start(w, "the command has closed its input");
            return false;
        }
    }
    w->pending.length = w->written = 0;
    w->is_full = false;
    return true;
}

static void feed(struct work *w)
{
    for (int taken = 0; write_pending(w); taken++) {
        checkpoint_ask(w);
        if (w->pending.length)
            continue;
        if (taken >= MESSAGES_A_TURN)
            return;
        if (!take_next(w)) {
            w->has_more = false;
            return;
        }
    }
}

/* --- steps ------------------------------------------------------------------------------------ */

void work_step(struct work *w)
{
    int how;
    if (!w->command.pid && w->shared->now >= w->due && !w->shared->is_ending)
        start_again(w);
    if (!w->command.pid)
        return;
    read_names(w);
    if (command_has_ended(&w->command, &how)) {
        fail(w, how);
        return;
    }
    feed(w);
    if (w->command.pid)
        checkpoint_step(w);
}

int64_t work_watch(const struct work *w, struct pollfd *both)
{
    both[0] = (struct pollfd){ .fd = w->is_full ? w->command.input : -1, .events = POLLOUT };
    both[1] = (struct pollfd){ .fd = w->command.done, .events = POLLIN };
    if (!w->command.pid)
        return w->due;
    if (w->has_more && !w->is_full)
        return w->shared->now;
    int64_t due = checkpoint_due(w), check = w->shared->now + CHECK_EVERY;
    return due < check ? due : check;
}

void work_say(const struct work *w)
{
    char time[CLOCK_TEXT_MAX] = "none";
    int length = 4;
    if (w->clock.time != LOG_CLOCK_NONE)
        length = (int)clock_format_millis(w->clock.time, time);
    say("partition %" PRId32 ": process %ld, offset %" PRId64 ", checkpoint %" PRId64 ", clock %.*s, %zu sources",
        w->partition, (long)w->command.pid, w->next, w->kept_position, length, time, w->clock.count);
}
