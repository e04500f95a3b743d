/* graphite: an aggregate → a line of Carbon's plaintext protocol, `path value time`, in Graphite's
 * modern or legacy names (statsd-aggregate(5), statsd-carbon(1)). Pure: it writes to memory the
 * caller has made room for. */
#ifndef FORMAT_GRAPHITE_H
#define FORMAT_GRAPHITE_H

#include <stdbool.h>
#include <stddef.h>

#include "format/aggregate.h"

/* The words a path is made of, as a user gives them; an empty one leaves no dot behind. The
 * prefixes have no effect on legacy names. */
struct path_words {
    bool legacy;
    const char *prefix, *counter, *timer, *gauge, *set;
    const char *suffix; /* after the statistic, before the tags */
    const char *self;   /* in place of the series of own rows; NULL: the row's own */
};

/* A table of names, ready for use; its insides are its own. */
struct paths {
    struct path_form {
        const char *statistic; /* the one it is for, or NULL: any */
        struct span head;      /* before the series */
        bool says_statistic;   /* whether the statistic is part of the path */
    } forms[AGGREGATE_TYPES][2];
    struct span suffix;
    struct span self;
    bool has_self;
    size_t longest; /* the most bytes its words add to a path */
};

/* Copies the words, cleaned for a path (clean.h). */
void paths_init(struct paths *p, const struct path_words *words);
void paths_free(struct paths *p);

/* The text before and after a series' name in the paths of one type and statistic, with its dots,
 * in blocks that are copied whole. */
enum { PATH_FRAME_HEAD_MOST = 64, PATH_FRAME_TAIL_MOST = 64 };
struct path_frame {
    char head[PATH_FRAME_HEAD_MOST], tail[PATH_FRAME_TAIL_MOST];
    size_t head_length, tail_length;
};

/* Sets *f for the aggregate's type and statistic; false when its words are too long for it. */
bool path_frame(const struct paths *p, struct path_frame *f, const struct aggregate *a);

/* The most bytes path_write writes for the aggregate. */
size_t path_size(const struct paths *p, const struct aggregate *a);

/* Writes `path value time` and its LF to `to` and returns the end. Value and time are the text of
 * the aggregate. The tags follow the path in their order, a tag `name` as `_name` (clean.h). */
char *path_write(const struct paths *p, char *to, const struct aggregate *a);

#endif
