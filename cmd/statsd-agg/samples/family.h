/* family: the four kinds of series an aggregator knows. A family and a series name one thing. */
#ifndef SAMPLES_FAMILY_H
#define SAMPLES_FAMILY_H

#include "format/aggregate.h"
#include "format/record.h"

/* A family has the number of its aggregate type. */
#define FAMILY_NAME(place, name, ...) FAMILY_##name = AGGREGATE_##name,
enum family { FAMILY_ROWS(FAMILY_NAME) FAMILIES };
#undef FAMILY_NAME

static inline enum family family_of(enum record_type type)
{
    return (enum family)record_type_family(type);
}

static inline enum aggregate_type family_aggregate(enum family family)
{
    return (enum aggregate_type)family;
}

/* The record type that stands for the family. */
static inline enum record_type family_record(enum family family)
{
#define FAMILY_RECORD(place, name, ...) [FAMILY_##name] = RECORD_##name,
    static const unsigned char types[FAMILIES] = { FAMILY_ROWS(FAMILY_RECORD) };
#undef FAMILY_RECORD
    return (enum record_type)types[family];
}

#endif
