#include "message.h"

#include <stdio.h>
#include <unistd.h>

void message_source(char *text)
{
    char host[256];
    if (gethostname(host, sizeof host) < 0)
        snprintf(host, sizeof host, "?");
    host[sizeof host - 1] = '\0';
    snprintf(text, MESSAGE_SOURCE_MAX, "%s/%ld/%lld", host, (long)getpid(), (long long)clock_wall_ms());
}
