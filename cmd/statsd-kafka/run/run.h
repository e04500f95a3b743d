/* run: aggregates the partitions of TOPIC that the group gives to this process, each with a command
 * of its own, until a signal comes. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "config.h"

#define RUN_CHECKPOINT     (60 * 1000) /* ms */
#define RUN_SOURCE_TIMEOUT (60 * 1000) /* ms */
#define RUN_DURATION_MAX   (24 * 3600 * 1000)

enum exit_code run(const struct config *config);

#endif
