/* Files of TLS, and the keys that a server may have. */
#ifndef COMMON_TLS_H
#define COMMON_TLS_H

#include <stdbool.h>

#include <openssl/x509.h>

/* What is wrong, for the caller to free; NULL: nothing. */
char *tls_ca_check(const char *path);                      /* certificates in PEM */
/* A certificate in PEM and its key, which has no password. */
char *tls_pair_check(const char *certificate, const char *key);
/* "sha256//" and the SHA-256 of a key as SubjectPublicKeyInfo in base64 (RFC 7469, 2.4), which is
 * also what curl's option for it takes. */
char *tls_pin_check(const char *pin);

/* The certificates in this file; NULL: there is none. The caller frees. */
STACK_OF(X509) *tls_read_ca(const char *path);

/* Whether the certificate's key is one of these; without pins each is. */
bool tls_is_pinned(X509 *certificate, char *const *pins);

#endif
