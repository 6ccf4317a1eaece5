/* Certificates of a BOSH endpoint, for bosh_http.c: judged at a time that has certainly come,
 * where the clock says what cannot be, as strophe_tls.c does for TCP. */
#ifndef DEVICE_BOSH_TLS_H
#define DEVICE_BOSH_TLS_H

#include <stdint.h>
#include <openssl/ssl.h>

struct bosh_tls {
	int64_t no_earlier_s;      /* it is at least so late, seconds since 1970 */
	char problem[128];         /* of the newest certificate that was refused, or "" */
};

/* tls must live as long as the context. */
void bosh_tls_context(SSL_CTX *ctx, struct bosh_tls *tls);

#endif
