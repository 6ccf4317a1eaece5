/* Certificates where the clock may be wrong, as after a start without a battery: then
 * they are judged at a time that has certainly come. For strophe.c. */
#ifndef COMMON_STROPHE_TLS_H
#define COMMON_STROPHE_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* Of this thread's connections from now on: it is at least so late, seconds since 1970. */
void strophe_tls_no_earlier(int64_t s);

/* Whether this problem of a certificate is one of our clock alone. */
bool strophe_tls_is_clock(const char *problem);

#endif
