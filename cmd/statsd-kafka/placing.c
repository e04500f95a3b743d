#include "placing.h"

#include <string.h>

#include <librdkafka/rdkafka.h>

void placing_init(struct placing *p)
{
    record_canonical_init(&p->canonical);
}

void placing_free(struct placing *p)
{
    record_canonical_free(&p->canonical);
}

/* True if the column is certainly what record_canonical makes of it. */
static bool is_canonical(struct span series)
{
    return !memchr(series.text, '\\', series.length) && series_is_canonical(series);
}

int32_t placing_partition(struct placing *p, struct span series, int32_t partitions)
{
    struct span key = is_canonical(series) ? series : record_canonical(&p->canonical, series);
    return rd_kafka_msg_partitioner_murmur2(NULL, key.text, key.length, partitions, NULL, NULL);
}
