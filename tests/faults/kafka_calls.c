/* kafka_calls: a library to be preloaded (LD_PRELOAD) that stands between statsd-kafka and
 * librdkafka.
 *
 *     KAFKA_CALLS_REPORT=FILE  at exit, FILE says how many callbacks librdkafka has called, how
 *                              many of them in another thread than the first, and how many threads
 *                              our program has started itself:
 *
 *                                  12 callbacks, 0 in other threads, 0 threads of our own
 *
 *     KAFKA_CALLS_FATAL=N      before the N-th message a fatal error is raised, by librdkafka's own
 *                              function for tests. A fake: no broker has said so.
 *     KAFKA_CALLS_REFUSE=WORD  `describe`: librdkafka's answer about topics is an error; `close`:
 *                              it refuses to leave the group. Fakes too.
 *
 * For the GNU C library. */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

static atomic_ulong callbacks, astray, threads;

typedef void error_callback(rd_kafka_t *rk, int code, const char *reason, void *opaque);
typedef void log_callback(const rd_kafka_t *rk, int level, const char *facility, const char *text);
typedef void report_callback(rd_kafka_t *rk, const rd_kafka_message_t *report, void *opaque);
typedef void rebalance_callback(rd_kafka_t *rk, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list,
                                void *opaque);

/* Clients may differ in their callbacks of one kind, but ours do not. */
static error_callback *real_error;
static log_callback *real_log;
static report_callback *real_report;
static rebalance_callback *real_rebalance;

static void count(void)
{
    callbacks++;
    astray += gettid() != getpid();
}

static void error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    count();
    real_error(rk, code, reason, opaque);
}

static void log_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    count();
    real_log(rk, level, facility, text);
}

static void report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    count();
    real_report(rk, message, opaque);
}

static void rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    count();
    real_rebalance(rk, event, list, opaque);
}

/* The function of this name that would have been called without us. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf, error_callback *callback)
{
    real_error = callback;
    NEXT(rd_kafka_conf_set_error_cb)(conf, error);
}

void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf, log_callback *callback)
{
    real_log = callback;
    NEXT(rd_kafka_conf_set_log_cb)(conf, log_line);
}

void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t *conf, report_callback *callback)
{
    real_report = callback;
    NEXT(rd_kafka_conf_set_dr_msg_cb)(conf, report);
}

void rd_kafka_conf_set_rebalance_cb(rd_kafka_conf_t *conf, rebalance_callback *callback)
{
    real_rebalance = callback;
    NEXT(rd_kafka_conf_set_rebalance_cb)(conf, rebalance);
}

static rd_kafka_t *producer;

rd_kafka_t *rd_kafka_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *reason, size_t size)
{
    rd_kafka_t *made = NEXT(rd_kafka_new)(type, conf, reason, size);
    if (type == RD_KAFKA_PRODUCER)
        producer = made;
    return made;
}

/* `put` gives each message a header `source`, and then the message to librdkafka. */
rd_kafka_resp_err_t rd_kafka_header_add(rd_kafka_headers_t *headers, const char *name, ssize_t name_size,
                                        const void *value, ssize_t size)
{
    static unsigned long messages;
    const char *fatal = getenv("KAFKA_CALLS_FATAL");
    if (fatal && name[0] == 's' && ++messages == strtoul(fatal, NULL, 10))
        rd_kafka_test_fatal_error(producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a fake");
    return NEXT(rd_kafka_header_add)(headers, name, name_size, value, size);
}

static int refuses(const char *word)
{
    const char *refused = getenv("KAFKA_CALLS_REFUSE");
    return refused && strcmp(refused, word) == 0;
}

rd_kafka_resp_err_t rd_kafka_event_error(rd_kafka_event_t *event)
{
    return refuses("describe") ? RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE : NEXT(rd_kafka_event_error)(event);
}

const char *rd_kafka_event_error_string(rd_kafka_event_t *event)
{
    return refuses("describe") ? "a fake" : NEXT(rd_kafka_event_error_string)(event);
}

rd_kafka_error_t *rd_kafka_consumer_close_queue(rd_kafka_t *rk, rd_kafka_queue_t *queue)
{
    return refuses("close") ? rd_kafka_error_new(RD_KAFKA_RESP_ERR__STATE, "a fake")
                            : NEXT(rd_kafka_consumer_close_queue)(rk, queue);
}

/* --- threads ---------------------------------------------------------------------------------- */

struct range {
    const void *address;
    int is_ours;
};

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
    struct range *range = data;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const char *start = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (const char *)range->address >= start &&
            (const char *)range->address < start + info->dlpi_phdr[i].p_memsz)
            range->is_ours = 1;
    }
    return 1;
}

static void count_thread(const void *caller)
{
    struct range range = { caller, 0 };
    dl_iterate_phdr(find_program, &range);
    threads += (unsigned long)range.is_ours;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
    count_thread(__builtin_return_address(0));
    return NEXT(pthread_create)(thread, attributes, start, argument);
}

int thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
    count_thread(__builtin_return_address(0));
    return NEXT(thrd_create)(thread, start, argument);
}

__attribute__((destructor)) static void write_report(void)
{
    const char *path = getenv("KAFKA_CALLS_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%lu callbacks, %lu in other threads, %lu threads of our own\n", callbacks, astray, threads);
    fclose(file);
}
