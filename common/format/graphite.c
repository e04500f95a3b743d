#include "format/graphite.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "format/clean.h"

enum word { NO_WORD, PREFIX, COUNTER, TIMER, GAUGE, SET, STATS, STATS_COUNTS, TIMERS, GAUGES, SETS, WORDS };

/* The words before a series, and whether its statistic follows it. If a type has two rules, the
 * first is for one statistic and the second for the others. */
struct rule {
    const char *statistic;
    enum word words[2];
    bool says_statistic;
};

static const struct rule modern[AGGREGATE_TYPES][2] = {
    [AGGREGATE_COUNTER] = { { NULL, { PREFIX, COUNTER }, true } },
    [AGGREGATE_TIMER] = { { NULL, { PREFIX, TIMER }, true } },
    [AGGREGATE_GAUGE] = { { NULL, { PREFIX, GAUGE }, false } },
    [AGGREGATE_SET] = { { NULL, { PREFIX, SET }, true } },
    [AGGREGATE_OWN] = { { NULL, { PREFIX, NO_WORD }, true } },
};

static const struct rule legacy[AGGREGATE_TYPES][2] = {
    [AGGREGATE_COUNTER] = { { "count", { STATS_COUNTS, NO_WORD }, false }, { NULL, { STATS, NO_WORD }, false } },
    [AGGREGATE_TIMER] = { { NULL, { STATS, TIMERS }, true } },
    [AGGREGATE_GAUGE] = { { NULL, { STATS, GAUGES }, false } },
    [AGGREGATE_SET] = { { NULL, { STATS, SETS }, true } },
    [AGGREGATE_OWN] = { { "numStats", { NO_WORD, NO_WORD }, true }, { NULL, { STATS, NO_WORD }, true } },
};

static struct span span_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* Appends a word that is fit already to the path that began at start. */
static char *put_word(char *to, const char *start, struct span word)
{
    if (!word.length)
        return to;
    if (to != start)
        *to++ = '.';
    memcpy(to, word.text, word.length);
    return to + word.length;
}

/* The same for one that has yet to be made fit. */
static char *put_foreign(char *to, const char *start, struct span word)
{
    if (!word.length)
        return to;
    if (to != start)
        *to++ = '.';
    return clean_put(to, word);
}

static struct span own_copy(struct span from)
{
    char *copy = xmalloc(from.length + 1);
    return (struct span){ copy, (size_t)(clean_put(copy, from) - copy) };
}

static struct span make_head(const enum word *words, const struct span *texts)
{
    struct span first = texts[words[0]], second = texts[words[1]];
    char *head = xmalloc(first.length + second.length + 2);
    char *end = put_foreign(head, head, first);
    end = put_foreign(end, head, second);
    return (struct span){ head, (size_t)(end - head) };
}

void paths_init(struct paths *p, const struct path_words *words)
{
    const struct span texts[WORDS] = {
        [NO_WORD] = span_of(""),
        [PREFIX] = span_of(words->prefix),
        [COUNTER] = span_of(words->counter),
        [TIMER] = span_of(words->timer),
        [GAUGE] = span_of(words->gauge),
        [SET] = span_of(words->set),
        [STATS] = span_of("stats"),
        [STATS_COUNTS] = span_of("stats_counts"),
        [TIMERS] = span_of("timers"),
        [GAUGES] = span_of("gauges"),
        [SETS] = span_of("sets"),
    };
    *p = (struct paths){ .suffix = own_copy(span_of(words->suffix)), .has_self = words->self != NULL };
    p->self = own_copy(span_of(words->self ? words->self : ""));
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        for (int i = 0; i < 2; i++) {
            const struct rule *rule = (words->legacy ? legacy : modern)[type] + i;
            struct path_form *form = &p->forms[type][i];
            *form = (struct path_form){ rule->statistic, make_head(rule->words, texts), rule->says_statistic };
            if (p->longest < form->head.length)
                p->longest = form->head.length;
        }
    p->longest += p->suffix.length + 2 * p->self.length;
}

void paths_free(struct paths *p)
{
    for (int type = 0; type < AGGREGATE_TYPES; type++)
        for (int i = 0; i < 2; i++)
            free((char *)p->forms[type][i].head.text);
    free((char *)p->suffix.text);
    free((char *)p->self.text);
}

size_t path_size(const struct paths *p, const struct aggregate *a)
{
    enum { DOTS_SPACES_LF = 8 };
    size_t columns = a->statistic.length + a->value.length + a->time_text.length;
    return p->longest + 2 * a->series.length + columns + DOTS_SPACES_LF;
}

static const struct path_form *find_form(const struct paths *p, const struct aggregate *a)
{
    const struct path_form *form = p->forms[a->type];
    return form->statistic && !span_is(a->statistic, form->statistic) ? form + 1 : form;
}

bool path_frame(const struct paths *p, struct path_frame *f, const struct aggregate *a)
{
    const struct path_form *form = find_form(p, a);
    if (form->head.length + 1 > sizeof f->head || a->statistic.length + p->suffix.length + 2 > sizeof f->tail)
        return false;
    *f = (struct path_frame){ .head_length = form->head.length };
    memcpy(f->head, form->head.text, form->head.length);
    if (f->head_length)
        f->head[f->head_length++] = '.';
    char *end = f->tail; /* of a path that began in the head */
    if (form->says_statistic)
        end = put_foreign(end, f->head, a->statistic);
    end = put_word(end, f->head, p->suffix);
    f->tail_length = (size_t)(end - f->tail);
    return true;
}

static char *put_columns(char *to, const struct aggregate *a)
{
    *to++ = ' ';
    memcpy(to, a->value.text, a->value.length);
    to += a->value.length;
    *to++ = ' ';
    memcpy(to, a->time_text.text, a->time_text.length);
    to += a->time_text.length;
    *to++ = '\n';
    return to;
}

static char *write_plain(const struct paths *p, char *start, const struct aggregate *a, struct span series)
{
    const struct path_form *form = find_form(p, a);
    const char *semicolon = memchr(series.text, ';', series.length);
    size_t name = semicolon ? (size_t)(semicolon - series.text) : series.length;
    char *to = put_word(start, start, form->head);
    to = put_foreign(to, start, (struct span){ series.text, name });
    if (form->says_statistic)
        to = put_foreign(to, start, a->statistic);
    to = put_word(to, start, p->suffix);
    to = clean_put(to, (struct span){ series.text + name, series.length - name });
    return put_columns(clean_name_tag(start, to), a);
}

char *path_write(const struct paths *p, char *to, const struct aggregate *a)
{
    if (a->type == AGGREGATE_OWN && p->has_self)
        return write_plain(p, to, a, p->self);
    if (!memchr(a->series.text, '\\', a->series.length))
        return write_plain(p, to, a, a->series);
    char *plain = xmalloc(a->series.length);
    struct span series = { plain, (size_t)(aggregate_unescape(plain, a->series) - plain) };
    to = write_plain(p, to, a, series);
    free(plain);
    return to;
}
