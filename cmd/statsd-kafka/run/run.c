#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "filter/signals.h"
#include "run/group.h"
#include "run/log_message.h"
#include "run/work.h"
#include "topics.h"

enum { SIGNALS, WAKE, OWN_FDS, LONGEST_TURN = 1000 /* ms */ };

/* --- beginning -------------------------------------------------------------------------------- */

static void open_producer(struct shared *s, const struct config *config)
{
    static const struct client_property usual[] = { { "compression.codec", "lz4" },
                                                    { "linger.ms", "5" },
                                                    { NULL, NULL } };
    static const struct client_property fixed[] = {
        { "enable.idempotence", "true" }, { "acks", "all" }, { "message.timeout.ms", "0" }, { NULL, NULL }
    };
    rd_kafka_conf_t *properties = client_properties(config, usual, fixed, &s->report);
    keeper_configure(properties);
    s->keeper.producer = client_open(RD_KAFKA_PRODUCER, properties);
}

static bool has_signal(void)
{
    return signals_deadline() != INT64_MAX;
}

static void open_reader(struct shared *s, const struct config *config)
{
    static const struct client_property none[] = { { NULL, NULL } };
    rd_kafka_conf_t *properties = client_properties(config, none, none, &s->report);
    reader_configure(properties);
    s->reader.consumer = client_open(RD_KAFKA_CONSUMER, properties);
    s->reader.topic = rd_kafka_topic_new(s->reader.consumer, s->keeper.topic, NULL);
    s->reader.is_ending = has_signal;
    if (!s->reader.topic)
        die("topic %s: %s", s->keeper.topic, rd_kafka_err2str(rd_kafka_last_error()));
}

static void open_wake(struct shared *s)
{
    if (pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) < 0)
        die_errno("pipe");
    rd_kafka_queue_t *queues[] = { rd_kafka_queue_get_consumer(s->consumer),
                                   rd_kafka_queue_get_main(s->keeper.producer) };
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++) {
        rd_kafka_queue_io_event_enable(queues[i], s->wake[1], "", 1);
        rd_kafka_queue_destroy(queues[i]);
    }
}

static char *state_topic(const char *topic)
{
    static const char suffix[] = "-state";
    size_t size = strlen(topic) + sizeof suffix;
    char *name = xmalloc(size);
    snprintf(name, size, "%s%s", topic, suffix);
    return name;
}

static void begin(struct shared *s, const struct config *config)
{
    const char *parent = getenv("TMPDIR");
    signals_init(0);
    command_adopt_orphans();
    group_open(s, config);
    open_producer(s, config);
    open_reader(s, config);
    open_wake(s);
    s->is_ending = !topics_check(s->keeper.producer, config, &s->report);
    own_folder_open(&s->folder, parent && *parent ? parent : "/tmp", "statsd-kafka-run.");
    if (!s->is_ending)
        group_join(s);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void take_signals(struct shared *s)
{
    struct signals signals = signals_take();
    s->is_ending |= signals.end || signals.early;
    if (!signals.status)
        return;
    say("group %s: %zu partitions, %llu checkpoints", s->options.group, s->work_count, (unsigned long long)s->kept);
    for (size_t i = 0; i < s->work_count; i++)
        work_say(s->works[i]);
}

/* A byte says that one of the queues has something, not which. */
static void take_wake(struct shared *s)
{
    char bytes[256];
    bool is_awake = false;
    while (read(s->wake[0], bytes, sizeof bytes) > 0)
        is_awake = true;
    for (size_t i = 0; is_awake && i < s->work_count; i++)
        s->works[i]->has_more = true;
}

static void wait(const struct shared *s)
{
    static struct pollfd *all;
    static size_t capacity;
    size_t count = OWN_FDS + 2 * s->work_count;
    if (capacity < count)
        all = xreallocarray(all, capacity = 2 * count, sizeof *all);
    int64_t until = s->now + LONGEST_TURN;
    all[SIGNALS] = (struct pollfd){ .fd = signals_fd(), .events = POLLIN };
    all[WAKE] = (struct pollfd){ .fd = s->wake[0], .events = POLLIN };
    for (size_t i = 0; i < s->work_count; i++) {
        int64_t due = work_watch(s->works[i], &all[OWN_FDS + 2 * i]);
        if (due < until)
            until = due;
    }
    int64_t now = clock_monotonic_ms();
    if (poll(all, count, until > now ? (int)(until - now) : 0) < 0 && errno != EINTR)
        die_errno("poll");
}

static void turn(struct shared *s)
{
    wait(s);
    take_signals(s);
    take_wake(s);
    s->now = clock_monotonic_ms();
    if (s->is_ending)
        return;
    group_step(s);
    rd_kafka_poll(s->keeper.producer, 0);
    for (size_t i = 0; i < s->work_count && !s->has_failed; i++)
        work_step(s->works[i]);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end(struct shared *s)
{
    s->is_ending = true;
    group_leave(s);
    rd_kafka_purge(s->keeper.producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(s->keeper.producer, 0);
    rd_kafka_destroy(s->keeper.producer);
    rd_kafka_topic_destroy(s->reader.topic);
    rd_kafka_destroy(s->reader.consumer);
    own_folder_remove(&s->folder);
    free(s->works);
    complaint_summary(&s->clock_lines);
    complaint_summary(&s->report.errors);
}

enum exit_code run(const struct config *config)
{
    static struct shared s; /* librdkafka's threads go on using the consumer's part until the process has ended */
    char *topic = state_topic(config->topic);
    s = (struct shared){
        .report = CLIENT_REPORT,
        .options = { config->topic, config->run.group, config->operands[0], config->run.checkpoint,
                     config->run.source_timeout },
        .keeper = { .topic = topic, .group = config->run.group },
        .clock_lines = { .what = "lines of " CLOCK_SERIES },
        .now = clock_monotonic_ms(),
    };
    srandom((unsigned)clock_monotonic_us() ^ (unsigned)getpid());
    begin(&s, config);
    while (!s.is_ending && !s.has_failed)
        turn(&s);
    end(&s);
    if (die_verbosity() > 0)
        say("%llu checkpoints, %llu lines of %s dropped", (unsigned long long)s.kept,
            (unsigned long long)s.clock_lines.total, CLOCK_SERIES);
    free(topic);
    return s.has_failed ? EXIT_FAILED : EXIT_FINE;
}
