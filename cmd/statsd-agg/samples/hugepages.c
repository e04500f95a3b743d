#include "samples/hugepages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/die.h"
#include "base/xalloc.h"

enum { LARGE = 1 << 20, PAGE = 4096, HUGE_PAGE = 1 << 21, COPIED_MOST = 1 << 25 };

static void *advise(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    /* Whole pages, including the first, which begins with malloc's header: advising a part would
     * split the mapping in two, and it could no longer grow without being copied. */
    uintptr_t from = (uintptr_t)memory & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = ((uintptr_t)memory + size + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    if (size >= LARGE)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)size;
#endif
    return memory;
}

void hugepages_init(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 64 * LARGE);
    mallopt(M_TOP_PAD, 2 * LARGE);
#endif
}

void *hugepages_reallocarray(void *old, size_t count, size_t size)
{
    return advise(xreallocarray(old, count, size), count * size);
}

void *hugepages_aligned(size_t size)
{
    void *memory = NULL;
    if (size >= LARGE)
        size = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
    if (posix_memalign(&memory, size >= LARGE ? HUGE_PAGE : PAGE, size))
        die("out of memory");
    return advise(memory, size);
}

/* mremap(2) would leave the array in small pages, so copying pays as long as it is quick. */
void *hugepages_grow(void *old, size_t used, size_t size)
{
    if (size >= COPIED_MOST)
        return hugepages_reallocarray(old, size, 1);
    void *memory = hugepages_aligned(size);
    if (used)
        memcpy(memory, old, used);
    free(old);
    return memory;
}

void *hugepages_calloc(size_t count, size_t size)
{
    if (count * size < LARGE)
        return xcalloc(count, size);
    return memset(hugepages_aligned(count * size), 0, count * size);
}
