/* idle: how long each family is still sent without new samples. */
#ifndef IDLE_H
#define IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "span.h"

/* Reads `c=5m,ms=30,s=0,g=forever` into idle[FAMILIES], in ms or IDLE_FOREVER; families that are not named keep what they
 * have. False when an item, *culprit, is none. */
bool idle_parse(const char *text, int64_t *idle, struct span *culprit);

#endif
