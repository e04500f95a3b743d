#include "wire/wire.h"

static const struct {
    const char *what, *why;
} errors[WIRE_ERRORS] = {
    [WIRE_NO_COLON] = { "bad line", "expected name:value|type" },
    [WIRE_NO_NAME] = { "bad name", "expected at least one letter, digit, _ - or =" },
    [WIRE_NAME_TOO_LONG] = { "bad name", "the series is longer than --max-name" },
    [WIRE_NO_TYPE] = { "bad value", "expected | and a type after it" },
    [WIRE_BAD_TYPE] = { "bad type", "expected " SENT_TYPE_WORDS },
    [WIRE_NO_VALUE] = { "bad value", "expected a value before the |" },
    [WIRE_BAD_VALUE] = { "bad value", "expected a number" },
    [WIRE_OVERFLOW] = { "bad value", "too large for a double" },
    [WIRE_NEGATIVE] = { "bad value", "a timer in ms cannot be negative" },
    [WIRE_BAD_RATE] = { "bad rate", "expected a number above 0 and up to 1" },
    [WIRE_BAD_TIME] = { "bad time", "expected T and 1 to 10 digits" },
    [WIRE_BAD_FIELD] = { "bad field", "expected @rate, #tags, Tseconds or word:text" },
    [WIRE_TOO_LONG] = { "bad line", "longer than --max-line" },
    [WIRE_LOST] = { "bad line", "the datagram is too long: its end was cut off" },
    [WIRE_CUT] = { "bad line", "the connection ended before the line did" },
    [WIRE_TOO_BIG] = { "bad length", "a message has at most 65535 bytes: the connection was closed" },
    [WIRE_TORN] = { "bad message", "the connection ended before the message did" },
    [WIRE_SKEWED] = { "bad time", "further from the clock than --max-skew" },
};

const char *wire_error_what(enum wire_error error)
{
    return errors[error].what;
}

const char *wire_error_why(enum wire_error error)
{
    return errors[error].why;
}
