/* Checkpoints: a state is asked for, taken when its rows are delivered, and kept in TOPIC-state. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/fields.h"
#include "run/log_message.h"
#include "run/saved.h"
#include "run/work.h"

enum { LOOK_EVERY = 50 /* ms */, LONG = 10 /* intervals from one checkpoint to the next */ };

static void plan_next(struct work *w)
{
    w->checkpoint = (struct checkpoint){ .stage = STAGE_NONE,
                                         .state_fd = -1,
                                         .due = w->shared->now + w->shared->options.checkpoint };
}

void checkpoint_drop(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    if (c->keeping)
        keeping_drop(c->keeping);
    if (c->state_fd >= 0)
        close(c->state_fd);
    free(c->head.bytes);
    plan_next(w);
}

static bool has_news(const struct work *w)
{
    return w->clock.time != LOG_CLOCK_NONE && w->next > w->kept_position;
}

void checkpoint_ask(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    if (c->stage != STAGE_NONE || w->shared->now < c->due || !has_news(w))
        return;
    message_put_clock(&w->pending, w->clock.time, ++w->number);
    c->marker = (struct parcel_marker){ .position = w->next, .number = w->number };
    parcel_write_head(&w->clock, &c->head);
    c->stage = STAGE_ASKED;
    c->since = w->shared->now;
    c->due = w->shared->now + LOOK_EVERY;
}

/* The file was replaced as a whole, and what is read here stays as it is when it is replaced
 * again. */
static void look_for_state(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    struct saved saved;
    if (w->shared->now < c->due)
        return;
    c->due = w->shared->now + LOOK_EVERY;
    int fd = open(w->state, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (!saved_read_file(fd, &saved) || !saved.is_asked || saved.number != w->number) {
        close(fd);
        return;
    }
    c->state_fd = fd;
    c->marker.end = saved.end;
    c->stage = STAGE_SAVED;
}

static void keep_if_delivered(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    if (c->marker.end != FIELD_NO_TIME && (w->delivered == FIELD_NO_TIME || w->delivered < c->marker.end))
        return;
    c->keeping = keeping_begin(&w->shared->keeper, w->partition, c->head, c->state_fd, &c->marker);
    c->head = (struct text){ NULL, 0, 0 };
    c->state_fd = -1;
    c->stage = STAGE_KEEPING;
}

static void take_back(void *context, struct span key)
{
    const struct work *w = context;
    keeper_take_back(&w->shared->keeper, w->partition, key);
}

/* The group's offset is for tools that show its lag: nobody begins at it. */
static void commit(const struct work *w, int64_t position)
{
    rd_kafka_topic_partition_list_t *one = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(one, w->shared->options.topic, w->partition)->offset = position;
    rd_kafka_commit(w->shared->consumer, one, 1);
    rd_kafka_topic_partition_list_destroy(one);
}

static void go_on_keeping(struct work *w)
{
    struct keeping *g = w->checkpoint.keeping;
    keeping_step(g);
    if (g->is_kept) {
        while (shelf_take_back(&w->shelf, g->marker.position, take_back, w))
            continue;
        shelf_add(&w->shelf, g->id, &g->marker);
        commit(w, g->marker.position);
        w->kept_position = g->marker.position;
        w->failures = 0;
        w->shared->kept++;
        pauses_begin(&w->pauses);
        if (die_verbosity() > 0)
            say("partition %" PRId32 ": checkpoint at offset %" PRId64 ", %" PRId64 " bytes, %.1f s", w->partition,
                g->marker.position, g->marker.length, (double)(w->shared->now - w->checkpoint.since) / 1000);
    }
    if (g->is_kept || g->has_failed)
        checkpoint_drop(w);
}

static void name_if_slow(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    int64_t waited = w->shared->now - c->since;
    if (c->is_named || waited < LONG * w->shared->options.checkpoint)
        return;
    c->is_named = true;
    if (c->stage == STAGE_ASKED) {
        warn("partition %" PRId32 ": no checkpoint for %.1f s: the command has not saved its state", w->partition,
             (double)waited / 1000);
    } else {
        char time[CLOCK_TEXT_MAX];
        int length = (int)clock_format(c->marker.end, time);
        warn("partition %" PRId32 ": no checkpoint for %.1f s: the command has not named %.*s on descriptor 3",
             w->partition, (double)waited / 1000, length, time);
    }
}

void checkpoint_step(struct work *w)
{
    struct checkpoint *c = &w->checkpoint;
    if (c->stage == STAGE_ASKED && w->written == w->pending.length)
        look_for_state(w);
    if (c->stage == STAGE_SAVED)
        keep_if_delivered(w);
    if (c->stage == STAGE_KEEPING)
        go_on_keeping(w);
    else if (c->stage != STAGE_NONE)
        name_if_slow(w);
}

int64_t checkpoint_due(const struct work *w)
{
    const struct checkpoint *c = &w->checkpoint;
    if (c->stage == STAGE_ASKED || (c->stage == STAGE_NONE && has_news(w)))
        return c->due;
    return INT64_MAX;
}
