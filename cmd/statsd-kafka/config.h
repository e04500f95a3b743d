/* config: the values of the command line, checked. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "filter/options.h"

struct config {
    struct filter_options filter;
    const char *brokers; /* as librdkafka's bootstrap.servers takes them */
    const char *topic;
    const char *properties; /* the file of -F, or NULL */
    char **operands;        /* those after the topic, operand_count of them; NULL-terminated */
    size_t operand_count;
    struct {
        size_t batch;   /* bytes of records at which a message is closed */
        int64_t linger; /* ms after which it is closed at the latest */
    } put;
    struct {
        const char *group;
        int64_t checkpoint;     /* ms: from one checkpoint to the next */
        int64_t source_timeout; /* ms */
    } run;
};

#endif
