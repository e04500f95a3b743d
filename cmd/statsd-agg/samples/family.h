/* family: the four kinds of series an aggregator knows. A family and a series name one thing. */
#ifndef SAMPLES_FAMILY_H
#define SAMPLES_FAMILY_H

#include "format/aggregate.h"
#include "format/record.h"

enum family { FAMILY_COUNTER, FAMILY_TIMER, FAMILY_GAUGE, FAMILY_SET, FAMILIES };

static inline enum family family_of(enum record_type type)
{
    static const unsigned char families[RECORD_TYPES] = {
        [RECORD_COUNTER] = FAMILY_COUNTER, [RECORD_TIMER] = FAMILY_TIMER,
        [RECORD_HISTOGRAM] = FAMILY_TIMER, [RECORD_DISTRIBUTION] = FAMILY_TIMER,
        [RECORD_GAUGE] = FAMILY_GAUGE,     [RECORD_GAUGE_DELTA] = FAMILY_GAUGE,
        [RECORD_SET] = FAMILY_SET,
    };
    return (enum family)families[type];
}

static inline enum aggregate_type family_aggregate(enum family family)
{
    static const unsigned char types[FAMILIES] = {
        [FAMILY_COUNTER] = AGGREGATE_COUNTER,
        [FAMILY_TIMER] = AGGREGATE_TIMER,
        [FAMILY_GAUGE] = AGGREGATE_GAUGE,
        [FAMILY_SET] = AGGREGATE_SET,
    };
    return (enum aggregate_type)types[family];
}

#endif
