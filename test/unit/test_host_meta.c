// link: device/host_meta.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/host_meta.h"

#define XRD(inside) \
	"<?xml version='1.0' encoding='utf-8'?>\n" \
	"<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>" inside "</XRD>"
#define LINK(href) "<Link rel='urn:xmpp:alt-connections:xbosh' href='" href "'/>"

static void check(const char *text, const char *wanted, const char *reason)
{
	const char *why = NULL;
	char *url = host_meta_read(text, strlen(text), &why);

	if (wanted == NULL) {
		assert_null(url);
		if (reason != NULL)
			assert_string_equal(why, reason);
		assert_non_null(why);
	} else {
		assert_non_null(url);
		assert_string_equal(url, wanted);
	}
	free(url);
}

static void test_the_url_is_found(void **state)
{
	(void)state;
	check(XRD("<Subject>x</Subject><Link rel='author' href='https://a/'/>"
	          "<Link rel='urn:xmpp:alt-connections:websocket' href='wss://a/ws'/>"
	          LINK("https://web.example.com:5280/bosh")),
	      "https://web.example.com:5280/bosh", NULL);
	check(XRD(LINK("https://[2001:db8::1]:443/http-bind?a=b")),
	      "https://[2001:db8::1]:443/http-bind?a=b", NULL);
	check(XRD(LINK("HTTPS://a.example")), "HTTPS://a.example", NULL);
}

static void test_the_first_good_one_counts(void **state)
{
	(void)state;
	check(XRD(LINK("http://a/") LINK("https://b/") LINK("https://c/")), "https://b/", NULL);
}

static void test_what_we_would_not_ask_is_refused(void **state)
{
	static const char *const bad[] = {
		LINK("http://a/bosh"), LINK("wss://a/"), LINK(""), LINK("https://"), LINK("https:///x"),
		LINK("https://user:password@a/"), LINK("https://a/#x"), LINK("https://a:0/"),
		LINK("https://a:b/"), LINK("https://a b/"), LINK("https://a/&#10;Host: b"),
		LINK("https://a/\303\274"), LINK("https://2001:db8::1/"), LINK("https://[fe80::1%25e]/"),
		LINK("file:///etc/passwd"), LINK("javascript:x"),
		"<Link rel='urn:xmpp:alt-connections:xbosh'/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *text = mem_printf(XRD("%s"), bad[i]);

		check(text, NULL, "its link for BOSH is no https URL");
		free(text);
	}
}

static void test_a_url_is_bounded(void **state)
{
	char path[HOST_META_URL + 1], *text;

	(void)state;
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	text = mem_printf(XRD(LINK("https://a/%s")), path);
	check(text, NULL, "its link for BOSH is no https URL");
	free(text);
}

static void test_other_documents_are_none(void **state)
{
	(void)state;
	check(XRD(""), NULL, "it offers no BOSH");
	check(XRD("<a>" LINK("https://a/") "</a>"), NULL, "it offers no BOSH");
	check("<html>" LINK("https://a/") "</html>", NULL, "it is no XRD document");
	check("<XRD>" LINK("https://a/") "</XRD>", NULL, "it is no XRD document");
	check("{\"links\": []}", NULL, NULL);
	check("", NULL, NULL);
	check("<!DOCTYPE XRD [<!ENTITY a 'b'>]>" XRD(LINK("https://a/")), NULL, NULL);
	check(XRD("<a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a>"), NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_url_is_found),
		cmocka_unit_test(test_the_first_good_one_counts),
		cmocka_unit_test(test_what_we_would_not_ask_is_refused),
		cmocka_unit_test(test_a_url_is_bounded),
		cmocka_unit_test(test_other_documents_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
