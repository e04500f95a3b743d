/* report: the self-metrics, as records and as a line to read. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/out.h"
#include "wire/reader.h"

/* Since the program began. */
struct counters {
    struct reader_counts reader;
    uint64_t packets;             /* datagrams read, and messages of streams of such */
    uint64_t dropped;             /* datagrams that the kernel or the output had no room for */
    uint64_t connections;         /* open now */
    uint64_t connections_refused; /* beyond --max-connections */
    uint64_t rejects_lost;        /* lines of --rejects */
    uint64_t events_lost;         /* lines of --events */
};

/* Which figures are reported beside those that every receiver has. */
enum report_part {
    REPORT_CONNECTIONS = 1,
    REPORT_REJECTS = 2,
    REPORT_EVENTS = 4,
    REPORT_OF_STATSD = 8, /* only those of statsd/statsd, whose metrics_received counts lines; and losses, if any */
};

/* The most bytes report_write writes. */
size_t report_size(const char *prefix);

/* prefix has at most FILTER_SELF_PREFIX_MAX bytes. Writes what has been counted since *reported as
 * a record each, `PREFIX.packets_received`, and brings *reported up to date. An empty prefix leaves
 * no dot behind. parts are bits of enum report_part. */
void report_write(struct out *records, const char *prefix, const struct counters *now, struct counters *reported,
                  int64_t time, unsigned parts);

/* `12 packets, 14 records, 2 bad, 1 other, 0 dropped`, and with REPORT_CONNECTIONS `, 3
 * connections`, NUL-terminated. */
enum { REPORT_TEXT_MAX = 192 };
void report_text(const struct counters *now, unsigned parts, char *text);

#endif
