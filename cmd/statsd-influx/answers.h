/* answers: the meaning of answers of InfluxDB and compatible servers. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "sink/http_answer.h"

/* Refines the verdict of the status (http_answer.h) by the text of the body. */
enum http_verdict answers_verdict(const struct http_answer *a);

#endif
