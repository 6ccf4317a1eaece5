#include "common/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "common/file.h"
#include "common/mem.h"

#define PIN_PREFIX "sha256//"
#define PIN_BASE64 44                /* characters of 32 bytes */
#define FILE_MAX (4u << 20)
#define CERTIFICATE "certificate in PEM"

/* Nobody is asked for a password. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* What a file holds, by read(), which knows how; NULL and *why if it cannot be had. */
static void *read_file(const char *path, void *(*read)(BIO *in), const char *what, char **why)
{
	char *text;
	size_t len;
	void *got;
	BIO *in;

	if (file_read(path, FILE_MAX, &text, &len) != 0) {
		*why = mem_printf("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	in = BIO_new_mem_buf(text, (int)len);
	if (in == NULL)
		mem_fatal();
	got = read(in);
	if (got == NULL)
		*why = mem_printf("%s has no %s", path, what);
	ERR_clear_error();
	BIO_free(in);
	mem_wipe(text, len);
	return got;
}

static void *read_certificate(BIO *in)
{
	return PEM_read_bio_X509(in, NULL, no_password, NULL);
}

static void *read_key(BIO *in)
{
	return PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
}

static void *read_certificates(BIO *in)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *one;

	if (all == NULL)
		mem_fatal();
	while ((one = read_certificate(in)) != NULL) {
		if (sk_X509_push(all, one) == 0)
			mem_fatal();
	}
	if (sk_X509_num(all) > 0)
		return all;
	sk_X509_free(all);
	return NULL;
}

STACK_OF(X509) *tls_read_ca(const char *path)
{
	char *why = NULL;
	STACK_OF(X509) *all = read_file(path, read_certificates, CERTIFICATE, &why);

	free(why);
	return all;
}

char *tls_ca_check(const char *path)
{
	char *why = NULL;
	STACK_OF(X509) *all = read_file(path, read_certificates, CERTIFICATE, &why);

	sk_X509_pop_free(all, X509_free);
	return why;
}

char *tls_pair_check(const char *certificate_path, const char *key_path)
{
	char *why = NULL;
	X509 *certificate = read_file(certificate_path, read_certificate, CERTIFICATE, &why);
	EVP_PKEY *key = certificate == NULL ? NULL
	              : read_file(key_path, read_key, "key in PEM that needs no password", &why);

	if (key != NULL && X509_check_private_key(certificate, key) != 1)
		why = mem_printf("the key in %s is not the one of %s", key_path, certificate_path);
	EVP_PKEY_free(key);
	X509_free(certificate);
	ERR_clear_error();
	return why;
}

static bool read_pin(const char *pin, unsigned char digest[static SHA256_DIGEST_LENGTH])
{
	/* Three bytes for four characters, also for the one that fills. */
	unsigned char bytes[PIN_BASE64 / 4 * 3];
	const size_t prefix = sizeof PIN_PREFIX - 1;

	if (strncmp(pin, PIN_PREFIX, prefix) != 0 || strlen(pin + prefix) != PIN_BASE64 ||
	    strchr(pin, '=') != pin + prefix + PIN_BASE64 - 1 ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)pin + prefix, PIN_BASE64) != sizeof bytes)
		return false;
	memcpy(digest, bytes, SHA256_DIGEST_LENGTH);
	return true;
}

char *tls_pin_check(const char *pin)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (read_pin(pin, digest))
		return NULL;
	return mem_printf("'%.256s' is no " PIN_PREFIX " and 44 characters of base64", pin);
}

bool tls_is_pinned(X509 *certificate, char *const *pins)
{
	unsigned char *der = NULL, has[SHA256_DIGEST_LENGTH], wanted[SHA256_DIGEST_LENGTH];
	bool found = false;
	int len;

	if (pins == NULL || *pins == NULL)
		return true;
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	if (len <= 0)
		return false;
	SHA256(der, (size_t)len, has);
	OPENSSL_free(der);
	for (; *pins != NULL && !found; pins++)
		found = read_pin(*pins, wanted) && memcmp(has, wanted, sizeof has) == 0;
	return found;
}
