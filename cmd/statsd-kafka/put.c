#include "put.h"

enum exit_code put(const struct config *config)
{
    (void)config;
    die("not yet");
}
