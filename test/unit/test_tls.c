// link: test/unit/tls_fixture.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/tls.h"
#include "test/unit/tls_fixture.h"

static char folder[] = "/tmp/platen-test-XXXXXX";
static char *paths[5], *pins[2];
enum { CERTIFICATE, KEY, OTHER, OTHER_KEY, FILE_OF_TEXT };

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		paths[i] = mem_printf("%s/%zu", folder, i);
	make_certificate(paths[CERTIFICATE], paths[KEY], &pins[0]);
	make_certificate(paths[OTHER], paths[OTHER_KEY], &pins[1]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	free(pins[0]);
	free(pins[1]);
	return rmdir(folder);
}

static void text_is(const char *text)
{
	assert_int_equal(file_replace(paths[FILE_OF_TEXT], text, strlen(text), 0600), 0);
}

static void is_said(char *why, const char *what)
{
	assert_non_null(why);
	if (strstr(why, what) == NULL)
		fail_msg("'%s' does not say '%s'", why, what);
	free(why);
}

static void test_a_certificate_and_its_key(void **state)
{
	(void)state;
	assert_null(tls_pair_check(paths[CERTIFICATE], paths[KEY]));
	is_said(tls_pair_check(paths[CERTIFICATE], paths[OTHER_KEY]), "is not the one of");
	is_said(tls_pair_check(paths[KEY], paths[KEY]), "has no certificate in PEM");
	is_said(tls_pair_check(paths[CERTIFICATE], paths[CERTIFICATE]), "has no key in PEM");
	is_said(tls_pair_check("/nowhere/at/all", paths[KEY]), "cannot read /nowhere/at/all: No such");
	is_said(tls_pair_check(paths[CERTIFICATE], "/nowhere"), "cannot read /nowhere: No such");
}

static void test_a_key_with_a_password_is_refused_without_asking(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE *f = fopen(paths[FILE_OF_TEXT], "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, EVP_aes_128_cbc(), "password", 8, NULL,
	                                           NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
	is_said(tls_pair_check(paths[CERTIFICATE], paths[FILE_OF_TEXT]),
	        "has no key in PEM that needs no password");
}

static void test_authorities(void **state)
{
	STACK_OF(X509) *all;
	char *one, *other, *both;
	size_t len;

	(void)state;
	assert_int_equal(file_read(paths[CERTIFICATE], 4096, &one, &len), 0);
	assert_int_equal(file_read(paths[OTHER], 4096, &other, &len), 0);
	both = mem_printf("Two of them:\n%s\n%s", one, other);
	text_is(both);
	assert_null(tls_ca_check(paths[FILE_OF_TEXT]));
	all = tls_read_ca(paths[FILE_OF_TEXT]);
	assert_int_equal(sk_X509_num(all), 2);
	sk_X509_pop_free(all, X509_free);
	text_is("no certificate\n");
	is_said(tls_ca_check(paths[FILE_OF_TEXT]), "has no certificate in PEM");
	assert_null(tls_read_ca(paths[FILE_OF_TEXT]));
	assert_null(tls_read_ca("/nowhere"));
	is_said(tls_ca_check("/dev/zero"), "cannot read /dev/zero: File too large");
	free(one);
	free(other);
	free(both);
}

static void test_pins(void **state)
{
	char *const wrong[] = { pins[1], NULL }, *const right[] = { pins[1], pins[0], NULL };
	char *const none[] = { NULL };
	STACK_OF(X509) *all = tls_read_ca(paths[CERTIFICATE]);
	X509 *certificate = sk_X509_value(all, 0);

	(void)state;
	assert_null(tls_pin_check(pins[0]));
	assert_true(tls_is_pinned(certificate, right));
	assert_false(tls_is_pinned(certificate, wrong));
	assert_true(tls_is_pinned(certificate, none));
	assert_true(tls_is_pinned(certificate, NULL));
	sk_X509_pop_free(all, X509_free);
}

static void test_what_is_no_pin(void **state)
{
	static const char *const wrong[] = {
		"", "sha256//", "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%=",
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=A",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		is_said(tls_pin_check(wrong[i]), "is no sha256//");
	assert_null(tls_pin_check("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_certificate_and_its_key),
		cmocka_unit_test(test_a_key_with_a_password_is_refused_without_asking),
		cmocka_unit_test(test_authorities),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_what_is_no_pin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
