/* Certificates, for strophe.c: what is wrong with one; and where the clock may be wrong, as
 * after a start without a battery, they are judged at a time that has certainly come. */
#ifndef COMMON_STROPHE_TLS_H
#define COMMON_STROPHE_TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <strophe.h>

/* This thread's connections from now on: it is at least so late, seconds since 1970; and
 * with direct TLS the handshake says that it is for XMPP (ALPN, XEP-0368). */
void strophe_tls_begin(int64_t no_earlier_s, bool direct);
void strophe_tls_end(void);

/* libstrophe's handler: 0, or 1 to take a certificate in spite of the problem. */
int strophe_tls_refuse(const xmpp_tlscert_t *cert, const char *problem);

/* Of the newest certificate that this thread has refused; NULL: it has none. */
const char *strophe_tls_problem(void);

#endif
