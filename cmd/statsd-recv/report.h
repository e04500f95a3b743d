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
    uint64_t packets;      /* datagrams read */
    uint64_t dropped;      /* datagrams the kernel had no room for */
    uint64_t rejects_lost; /* lines of --rejects */
};

/* The most bytes report_write writes. */
size_t report_size(const char *prefix);

/* prefix has at most FILTER_SELF_PREFIX_MAX bytes. Writes what has been counted since *reported as
 * a record each, `PREFIX.packets_received`, and brings *reported up to date. An empty prefix leaves
 * no dot behind. has_rejects adds how many of their lines were lost. */
void report_write(struct out *records, const char *prefix, const struct counters *now, struct counters *reported,
                  int64_t time, bool has_rejects);

/* `12 packets, 14 records, 2 bad, 1 other, 0 dropped`, NUL-terminated. */
enum { REPORT_TEXT_MAX = 160 };
void report_text(const struct counters *now, char *text);

#endif
