/* partition: prints the partitions of series. */
#ifndef PARTITION_H
#define PARTITION_H

#include "base/die.h"
#include "config.h"

/* Prints the number of the partition of each of config->operands, a line each. */
enum exit_code partition(const struct config *config);

#endif
