/* account: the region, endpoint and credentials, found as the AWS command line finds them: in the
 * environment, then in the profile's sections of ~/.aws/credentials and ~/.aws/config. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/span.h"
#include "profile.h"

enum { ACCOUNT_WHY_MAX = 300 };

struct account {
    char *region, *endpoint; /* NULL: none found */
    struct profile_keys keys;
    bool has_keys;
    pid_t process; /* a credential_process that runs, or 0 */
    int process_fd;
    char *output;
    size_t output_length, output_capacity;
    int64_t process_began; /* monotonic ms */
};

/* Finds region and endpoint. */
void account_init(struct account *a);
void account_free(struct account *a);

enum account_state {
    ACCOUNT_READY,   /* a->keys can be used */
    ACCOUNT_WAITING, /* a credential_process runs: ask again soon */
    ACCOUNT_FAILED,  /* there are none, and why says why */
};

/* Finds the credentials, if there are none or if they are about to end. Never blocks. now is
 * monotonic ms. */
enum account_state account_keys(struct account *a, int64_t now, char why[ACCOUNT_WHY_MAX]);

/* The credentials are wrong: looks for them again. */
void account_forget(struct account *a);

#endif
