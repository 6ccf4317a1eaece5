/* Certificates, for strophe.c: which ones are trusted, which key the server has to have, and what
 * is wrong with one; and where the clock may be wrong, as after a start without a battery, they
 * are judged at a time that has certainly come. */
#ifndef COMMON_STROPHE_TLS_H
#define COMMON_STROPHE_TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <strophe.h>

struct strophe_tls {
	const char *ca_file;        /* these alone are trusted; NULL: the system's */
	char *const *pins;          /* as tls_pin_check() takes them; NULL: any key */
	int64_t no_earlier_s;       /* it is at least so late, seconds since 1970 */
	bool is_direct;             /* the handshake says that it is for XMPP (ALPN, XEP-0368) */
};

/* This thread's connections from now on, until the end. Borrowed. */
void strophe_tls_begin(const struct strophe_tls *tls);
void strophe_tls_end(void);

/* libstrophe's handler: 0, or 1 to take a certificate in spite of the problem. */
int strophe_tls_refuse(const xmpp_tlscert_t *cert, const char *problem);

/* Of the newest certificate that this thread has refused; NULL: it has none. */
const char *strophe_tls_problem(void);

#endif
