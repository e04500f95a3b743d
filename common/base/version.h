/* version: the version of all programs; CHANGELOG.md lists what is in it. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define STATSD_UTILS_VERSION "1.0.0"

#endif
