/* account: a credential_process, at times that the test makes up. */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tap.h"

enum { BEGIN = 1000, PATIENCE = 60000 }; /* ms */

/* Writes a profile with this credential_process alone, and begins the account. */
static void begin(struct account *a, const char *path, const char *command)
{
    FILE *file = fopen(path, "w");
    if (file)
        fprintf(file, "[default]\ncredential_process = %s\n", command);
    tap_ok(file && fclose(file) == 0, "the profile is written");
    account_init(a);
}

/* The process, or every one of a group (negative), is gone within some seconds. */
static bool goes(pid_t process)
{
    for (int i = 0; i < 1000 && kill(process, 0) == 0; i++)
        usleep(10000);
    return kill(process, 0) < 0 && errno == ESRCH;
}

static void test_patience(const char *path)
{
    struct account a;
    char why[ACCOUNT_WHY_MAX] = "";
    begin(&a, path, "sleep 1000; :");
    tap_ok(account_keys(&a, BEGIN, why) == ACCOUNT_WAITING && a.process > 0, "a process is started");
    pid_t process = a.process;
    tap_ok(account_keys(&a, BEGIN + PATIENCE - 1, why) == ACCOUNT_WAITING, "it is waited for");
    tap_ok(account_keys(&a, BEGIN + PATIENCE, why) == ACCOUNT_FAILED &&
               strcmp(why, "credential_process has not ended after 60 s") == 0,
           "after 60 s: %s", why);
    tap_ok(goes(process) && goes(-process), "it has been ended, and so have its children");
    tap_ok(account_keys(&a, BEGIN + PATIENCE + 1, why) == ACCOUNT_WAITING && a.process > 0 && a.process != process,
           "the next time it is started again");
    account_free(&a);
}

static void test_without_start(const char *path)
{
    struct account a;
    struct rlimit was, tight;
    char why[ACCOUNT_WHY_MAX] = "";
    begin(&a, path, "sleep 1000");
    int next = open("/dev/null", O_RDONLY); /* the descriptor that the next file gets */
    close(next);
    getrlimit(RLIMIT_NOFILE, &was);
    tight = (struct rlimit){ (rlim_t)next + 1, was.rlim_max };
    setrlimit(RLIMIT_NOFILE, &tight);
    enum account_state state = account_keys(&a, BEGIN, why);
    setrlimit(RLIMIT_NOFILE, &was);
    tap_ok(state == ACCOUNT_FAILED && strcmp(why, "credential_process could not be started") == 0, "no descriptors: %s",
           why);
    tap_ok(account_keys(&a, BEGIN + 1, why) == ACCOUNT_WAITING, "with them it is started");
    account_free(&a);
}

int main(void)
{
    char path[] = "/tmp/test_account.XXXXXX";
    close(mkstemp(path));
    clearenv();
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("AWS_CONFIG_FILE", path, 1);
    test_patience(path);
    test_without_start(path);
    unlink(path);
    return tap_done();
}
