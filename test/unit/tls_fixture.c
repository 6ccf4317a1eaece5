#include "test/unit/tls_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "common/mem.h"

static char *pin_of(X509 *certificate)
{
	unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH], base64[45];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	assert_true(len > 0);
	SHA256(der, (size_t)len, digest);
	OPENSSL_free(der);
	EVP_EncodeBlock(base64, digest, sizeof digest);
	return mem_printf("sha256//%s", (char *)base64);
}

void make_certificate(const char *certificate_path, const char *key_path, char **pin)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *f;

	X509_set_pubkey(x, key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	f = fopen(certificate_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	f = fopen(key_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	*pin = pin_of(x);
	X509_free(x);
	EVP_PKEY_free(key);
}
