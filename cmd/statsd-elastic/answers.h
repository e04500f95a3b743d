/* answers: the meaning of Elasticsearch's and OpenSearch's answers to _bulk. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/http_answer.h"

/* The verdict on each document of a _bulk. Reused from one answer to the next. */
struct answers {
    unsigned char *verdicts;       /* enum http_verdict */
    char (*words)[HTTP_WORDS_MAX]; /* those of the server, for documents that were not accepted */
    uint64_t *word_of;             /* which of words is a document's */
    size_t capacity, word_count, word_capacity;
};

void answers_free(struct answers *a);

/* The verdict for a status and the type of an error, of one document or of a whole request. type is
 * empty if there is none. */
enum http_verdict answers_verdict(long status, struct span type);

/* Reads the answer to a _bulk of `count` documents that has a status of 2xx. Returns false if it is
 * not such an answer, or has another number of items. */
bool answers_read(struct answers *a, struct span body, uint64_t count);

/* The server's words about a document that was not accepted. */
const char *answers_words(const struct answers *a, uint64_t index);

/* The verdict on a whole request whose status was not 2xx. */
enum http_verdict answers_of_request(const struct http_answer *a);

#endif
