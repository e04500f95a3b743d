/* put: records from standard input → the topic. */
#ifndef PUT_H
#define PUT_H

#include "base/die.h"
#include "config.h"

/* The largest --batch, in bytes, and the longest --linger, in ms. A broker's message.max.bytes is
 * 1048588 by default. */
enum { PUT_MESSAGE_MAX = 960 << 10, PUT_LINGER_MAX = 10000 };

enum exit_code put(const struct config *config);

#endif
