/* fail_alloc: a library to be preloaded (LD_PRELOAD) in which one allocation of a program fails.
 *
 *     FAIL_ALLOC=3                 the third call of malloc, calloc or realloc fails
 *     FAIL_ALLOC_PROGRAM=NAME      in this program only, not in those that it starts
 *     FAIL_ALLOC_REPORT=FILE       the number of calls is written to FILE at exit
 *
 * With FAIL_ALLOC=0 none fails. For the GNU C library, whose own functions it calls. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

extern char *program_invocation_short_name;

static atomic_ulong calls;
static unsigned long failing;
static bool is_ours;

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAIL_ALLOC"), *program = getenv("FAIL_ALLOC_PROGRAM");
    failing = number ? strtoul(number, NULL, 10) : 0;
    is_ours = program && strcmp(program, program_invocation_short_name) == 0;
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("FAIL_ALLOC_REPORT");
    unsigned long count = calls;
    FILE *file = is_ours && path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%lu\n", count);
    fclose(file);
}

static bool fails(void)
{
    if (!is_ours || ++calls != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
