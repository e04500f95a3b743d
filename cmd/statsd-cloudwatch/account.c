#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"

enum {
    PATH_MOST = 4096,
    ENDS_SOON = 300000,       /* ms: credentials are replaced this long before they end */
    PROCESS_PATIENCE = 60000, /* ms */
    OUTPUT_MOST = 1 << 20,    /* bytes */
};

/* --- the profile ------------------------------------------------------------------------------ */

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static const char *profile_name(void)
{
    const char *name = environment("AWS_PROFILE");
    name = name ? name : environment("AWS_DEFAULT_PROFILE");
    return name ? name : "default";
}

/* The value of a key in the file, in memory that the caller frees, or NULL. */
static char *find_in(const char *variable, const char *file, const char *section, const char *key)
{
    char path[PATH_MOST];
    const char *home = environment("HOME"), *given = environment(variable);
    if (!given && !home)
        return NULL;
    snprintf(path, sizeof path, "%s%s", given ? given : home, given ? "" : file);
    struct span text = profile_load(path);
    if (!text.text)
        return NULL;
    struct span value = profile_find(text, (struct span){ section, strlen(section) }, key);
    char *copy = value.length ? xstrndup(value.text, value.length) : NULL;
    free((void *)text.text);
    return copy;
}

static char *find_credential(const char *key)
{
    return find_in("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", profile_name(), key);
}

static char *find_setting(const char *key)
{
    char section[PATH_MOST];
    const char *name = profile_name();
    snprintf(section, sizeof section, "%s%s", strcmp(name, "default") == 0 ? "" : "profile ", name);
    return find_in("AWS_CONFIG_FILE", "/.aws/config", section, key);
}

static char *copy_of(const char *text)
{
    return text ? xstrndup(text, strlen(text)) : NULL;
}

/* Takes the first that is there. */
static char *first_of(const char *given, const char *second, const char *setting)
{
    char *value = copy_of(environment(given));
    value = value ? value : copy_of(environment(second));
    return value ? value : find_setting(setting);
}

void account_init(struct account *a)
{
    *a = (struct account){ .process_fd = -1 };
    a->region = first_of("AWS_REGION", "AWS_DEFAULT_REGION", "region");
    a->endpoint = first_of("AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL", "endpoint_url");
    if (a->endpoint || !a->region)
        return;
    char url[PATH_MOST];
    snprintf(url, sizeof url, "https://monitoring.%s.amazonaws.com%s/", a->region,
             strncmp(a->region, "cn-", 3) == 0 ? ".cn" : "");
    a->endpoint = copy_of(url);
}

/* --- credential_process ----------------------------------------------------------------------- */

static void end_process(struct account *a)
{
    if (a->process_fd >= 0)
        close(a->process_fd);
    if (a->process) {
        kill(-a->process, SIGKILL);
        waitpid(a->process, NULL, 0);
    }
    a->process = 0;
    a->process_fd = -1;
    a->output_length = 0;
}

static bool start_process(struct account *a, const char *command, int64_t now)
{
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC))
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        int nothing = open("/dev/null", O_RDONLY);
        signal(SIGPIPE, SIG_DFL);
        if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(pipe_ends[1], STDOUT_FILENO) >= 0)
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(pipe_ends[1]);
    if (pid < 0) {
        close(pipe_ends[0]);
        return false;
    }
    setpgid(pid, pid);
    fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
    a->process = pid;
    a->process_fd = pipe_ends[0];
    a->process_began = now;
    return true;
}

/* Reads what is there. True once it has ended. */
static bool read_process(struct account *a)
{
    for (;;) {
        if (a->output_length + 4096 > a->output_capacity) {
            a->output_capacity = 2 * a->output_capacity + 8192;
            a->output = xreallocarray(a->output, a->output_capacity, 1);
        }
        ssize_t got = read(a->process_fd, a->output + a->output_length, 4096);
        if (got < 0)
            return errno != EAGAIN && errno != EINTR;
        if (got == 0 || a->output_length > OUTPUT_MOST)
            return true;
        a->output_length += (size_t)got;
    }
}

static enum account_state fail(char why[ACCOUNT_WHY_MAX], const char *text)
{
    snprintf(why, ACCOUNT_WHY_MAX, "%s", text);
    return ACCOUNT_FAILED;
}

static enum account_state take_process(struct account *a, int64_t now, char why[ACCOUNT_WHY_MAX])
{
    if (!read_process(a)) {
        if (now < a->process_began + PROCESS_PATIENCE)
            return ACCOUNT_WAITING;
        end_process(a);
        return fail(why, "credential_process has not ended after 60 s");
    }
    struct profile_keys keys;
    bool is_good = profile_read_process((struct span){ a->output, a->output_length }, &keys);
    end_process(a);
    if (!is_good)
        return fail(why, "credential_process has not printed credentials of version 1");
    profile_keys_free(&a->keys);
    a->keys = keys;
    a->has_keys = true;
    return ACCOUNT_READY;
}

/* --- credentials ------------------------------------------------------------------------------ */

/* Takes what was found, if it is enough. */
static bool take_keys(struct account *a, struct profile_keys found)
{
    profile_keys_free(&a->keys);
    a->keys = found;
    a->has_keys = found.id && found.secret;
    if (!a->has_keys)
        profile_keys_free(&a->keys);
    return a->has_keys;
}

static struct profile_keys keys_by(char *find(const char *key))
{
    return (struct profile_keys){ find("aws_access_key_id"), find("aws_secret_access_key"), find("aws_session_token"),
                                  0 };
}

static bool find_keys(struct account *a)
{
    const struct profile_keys given = { copy_of(environment("AWS_ACCESS_KEY_ID")),
                                        copy_of(environment("AWS_SECRET_ACCESS_KEY")),
                                        copy_of(environment("AWS_SESSION_TOKEN")), 0 };
    return take_keys(a, given) || take_keys(a, keys_by(find_credential)) || take_keys(a, keys_by(find_setting));
}

enum account_state account_keys(struct account *a, int64_t now, char why[ACCOUNT_WHY_MAX])
{
    if (a->process)
        return take_process(a, now, why);
    if (a->has_keys && (!a->keys.ends || clock_wall_ms() < a->keys.ends - ENDS_SOON))
        return ACCOUNT_READY;
    if (!a->has_keys && find_keys(a))
        return ACCOUNT_READY;
    char *command = find_setting("credential_process");
    command = command ? command : find_credential("credential_process");
    if (!command)
        return fail(why, "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile");
    bool is_started = start_process(a, command, now);
    free(command);
    return is_started ? ACCOUNT_WAITING : fail(why, "credential_process could not be started");
}

void account_forget(struct account *a)
{
    a->has_keys = false;
}

void account_free(struct account *a)
{
    end_process(a);
    profile_keys_free(&a->keys);
    free(a->region);
    free(a->endpoint);
    free(a->output);
}
