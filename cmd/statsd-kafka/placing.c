#include "placing.h"

#include <librdkafka/rdkafka.h>

void placing_init(struct placing *p)
{
    record_canonical_init(&p->canonical);
}

void placing_free(struct placing *p)
{
    record_canonical_free(&p->canonical);
}

int32_t placing_partition(struct placing *p, struct span series, int32_t partitions)
{
    struct span key = record_is_canonical(series) ? series : record_canonical(&p->canonical, series);
    return rd_kafka_msg_partitioner_murmur2(NULL, key.text, key.length, partitions, NULL, NULL);
}
