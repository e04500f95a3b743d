/* group: this process as a member of the group that reads TOPIC. Kafka's group protocol says which
 * partitions it has; it begins and ends the work on them. */
#ifndef RUN_GROUP_H
#define RUN_GROUP_H

#include "config.h"
#include "run/shared.h"

/* Opens the consumer. Nothing is read yet. */
void group_open(struct shared *s, const struct config *config);

/* Becomes a member. */
void group_join(struct shared *s);

/* Handles the requests of the group. Call it often: otherwise Kafka considers this member dead. */
void group_step(struct shared *s);

/* Ends the work on all partitions, and leaves. */
void group_leave(struct shared *s);

#endif
