/* answers: what InfluxDB and servers that speak like it mean by an answer. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "sink/http_answer.h"

/* Refines what the status says (http_answer.h) by the body's own words. */
enum http_verdict answers_verdict(const struct http_answer *a);

#endif
