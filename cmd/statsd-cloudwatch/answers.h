/* answers: the meaning of CloudWatch's answers. Throttling and wrong credentials are both a 400. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>

#include "sink/http_answer.h"

struct answers_judgement {
    enum http_verdict verdict;
    bool are_credentials;       /* they are wrong, or have ended */
    char words[HTTP_WORDS_MAX]; /* `TYPE: MESSAGE`, or empty */
};

/* Reads an answer of JSON, `{"__type": …, "message": …}`, or of XML, `<Code>…</Code>`. */
struct answers_judgement answers_judge(const struct http_answer *a);

#endif
