/* fail_alloc: a library to be preloaded (LD_PRELOAD) in which one allocation of a program fails.
 *
 *     FAIL_ALLOC=3                 the third call of malloc, calloc or realloc fails
 *     FAIL_ALLOC_PROGRAM=NAME      in this program only, not in those that it starts
 *     FAIL_ALLOC_OWN=1             calls of the program's own code count, and none of a library's
 *     FAIL_ALLOC_REPORT=FILE       the number of calls is written to FILE at exit
 *
 * With FAIL_ALLOC=0 none fails. For the GNU C library, whose own functions it calls. Those of
 * OpenSSL's start are not counted: that of 3.5 waits for itself for ever when one fails. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

extern char *program_invocation_short_name;

static atomic_ulong calls;
static unsigned long failing;
static bool is_ours, is_own;
static uintptr_t code_start, code_end; /* of the program */
static _Thread_local bool is_paused;

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            code_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            code_end = code_start + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAIL_ALLOC"), *program = getenv("FAIL_ALLOC_PROGRAM");
    failing = number ? strtoul(number, NULL, 10) : 0;
    is_own = getenv("FAIL_ALLOC_OWN") != NULL;
    dl_iterate_phdr(find_program, NULL);
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

static bool fails(const void *caller)
{
    bool is_from_program = (uintptr_t)caller >= code_start && (uintptr_t)caller < code_end;
    if (!is_ours || is_paused || (is_own && !is_from_program) || ++calls != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

int OPENSSL_init_ssl(uint64_t options, const void *settings);

int OPENSSL_init_ssl(uint64_t options, const void *settings)
{
    int (*real)(uint64_t, const void *);
    *(void **)&real = dlsym(RTLD_NEXT, "OPENSSL_init_ssl");
    bool was_paused = is_paused;
    is_paused = true;
    int result = real ? real(options, settings) : 0;
    is_paused = was_paused;
    return result;
}
