#include "run/keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/hash.h"
#include "base/xalloc.h"

enum { IN_FLIGHT_MOST = 8, ID_MAX = 160 };

/* The host, the process and the moment; and a number by chance, for containers whose names and
 * numbers are alike. */
static char *make_id(void)
{
    char host[64] = "", *id = xmalloc(ID_MAX);
    if (gethostname(host, sizeof host - 1) < 0)
        host[0] = '\0';
    for (char *p = host; *p; p++)
        if (*p == '/')
            *p = '_';
    snprintf(id, ID_MAX, "%s-%ld-%" PRId64 "-%08" PRIx64, host, (long)getpid(), clock_wall_ms(),
             hash_seed_random().words[0] >> 32);
    return id;
}

static void free_keeping(struct keeping *g)
{
    if (g->fd >= 0)
        close(g->fd);
    free(g->head.bytes);
    free(g->id);
    free(g);
}

struct keeping *keeping_begin(const struct keeper *k, int32_t partition, struct text head, int fd,
                              const struct parcel_marker *marker)
{
    struct keeping *g = xcalloc(1, sizeof *g);
    struct stat status;
    *g = (struct keeping){
        .keeper = k, .partition = partition, .id = make_id(), .marker = *marker, .head = head, .fd = fd
    };
    g->marker.length = g->marker.chunks = 0;
    g->marker.checksum = 0;
    g->has_failed = fstat(fd, &status) < 0;
    if (!g->has_failed)
        g->to_send = (int64_t)status.st_size;
    return g;
}

void keeping_drop(struct keeping *g)
{
    g->is_dropped = true;
    if (!g->in_flight)
        free_keeping(g);
}

static void take_acknowledgement(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer;
    (void)opaque;
    struct keeping *g = message->_private;
    if (!g)
        return;
    if (message->err && !g->has_failed && !g->is_dropped)
        warn("partition %" PRId32 ": a checkpoint could not be written: %s", g->partition,
             rd_kafka_err2str(message->err));
    g->has_failed |= message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
    g->in_flight--;
    if (g->is_dropped && !g->in_flight)
        free_keeping(g);
}

void keeper_configure(rd_kafka_conf_t *configuration)
{
    rd_kafka_conf_set_dr_msg_cb(configuration, take_acknowledgement);
}

static rd_kafka_resp_err_t produce(const struct keeper *k, int32_t partition, struct span key, struct span value,
                                   struct keeping *g)
{
    return rd_kafka_producev(k->producer, RD_KAFKA_V_TOPIC(k->topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.text, key.length),
                             RD_KAFKA_V_VALUE((void *)value.text, value.length), RD_KAFKA_V_OPAQUE(g), RD_KAFKA_V_END);
}

void keeper_take_back(const struct keeper *k, int32_t partition, struct span key)
{
    /* If it cannot be sent, the next process that begins with this partition takes it back. */
    (void)produce(k, partition, key, (struct span){ NULL, 0 }, NULL);
}

/* Sends a message of the checkpoint. False if there is no room for it now, or at all. */
static bool send_part(struct keeping *g, int64_t chunk, struct span value)
{
    const struct parcel_key key = {
        { g->keeper->group, strlen(g->keeper->group) }, g->marker.position, { g->id, strlen(g->id) }, chunk
    };
    struct text text = { NULL, 0, 0 };
    parcel_key_write(&key, &text);
    rd_kafka_resp_err_t error = produce(g->keeper, g->partition, text_span(&text), value, g);
    free(text.bytes);
    if (error && error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        warn("partition %" PRId32 ": a checkpoint could not be written: %s", g->partition, rd_kafka_err2str(error));
        g->has_failed = true;
    }
    g->in_flight += !error;
    return !error;
}

/* Fills the head up to a chunk with bytes of the file. */
static bool fill(struct keeping *g)
{
    while (g->head.length < PARCEL_CHUNK && g->to_send > 0) {
        size_t most = PARCEL_CHUNK - g->head.length;
        if ((int64_t)most > g->to_send)
            most = (size_t)g->to_send;
        ssize_t n = read(g->fd, text_room(&g->head, most), most);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            warn("partition %" PRId32 ": a checkpoint could not be written: read the state: %s", g->partition,
                 n ? strerror(errno) : "it has become shorter");
            g->has_failed = true;
            return false;
        }
        text_added(&g->head, (size_t)n);
        g->to_send -= n;
    }
    return true;
}

/* The head holds what is to be sent before the rest of the file. It may be longer than a chunk. */
static bool send_chunk(struct keeping *g)
{
    if (!fill(g))
        return false;
    size_t length = g->head.length < PARCEL_CHUNK ? g->head.length : PARCEL_CHUNK;
    const struct span chunk = { g->head.bytes, length };
    if (!send_part(g, g->marker.chunks, chunk))
        return false;
    g->marker.checksum = parcel_checksum(g->marker.checksum, chunk);
    g->marker.length += (int64_t)length;
    g->marker.chunks++;
    g->head.length -= length;
    memmove(g->head.bytes, g->head.bytes + length, g->head.length);
    return true;
}

static void send_marker(struct keeping *g)
{
    struct text value = { NULL, 0, 0 };
    parcel_marker_write(&g->marker, &value);
    g->has_sent_marker = send_part(g, PARCEL_END, text_span(&value));
    free(value.bytes);
}

void keeping_step(struct keeping *g)
{
    while (!g->has_failed && (g->to_send > 0 || g->head.length) && g->in_flight < IN_FLIGHT_MOST)
        if (!send_chunk(g))
            return;
    if (g->has_failed || g->to_send > 0 || g->head.length || g->in_flight)
        return;
    if (g->has_sent_marker)
        g->is_kept = true;
    else
        send_marker(g);
}
