// link: device/bosh_body.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "device/bosh_body.h"

#define BODY "<body xmlns='" BOSH_NS "' "

static void check_written(const struct bosh_head *head, const char *stanzas, const char *expected)
{
	size_t len;
	char *text = bosh_body_write(head, stanzas, &len);

	assert_string_equal(text, expected);
	assert_int_equal(len, strlen(expected));
	free(text);
}

static void test_bodies_are_written(void **state)
{
	struct bosh_head head = { .kind = BOSH_CREATE, .rid = 7, .to = "example.com", .lang = "de",
	                          .wait_s = 45 };

	(void)state;
	check_written(&head, "", BODY "rid='7' to='example.com' xml:lang='de' "
	              "xmlns:xmpp='urn:xmpp:xbosh' content='text/xml; charset=utf-8' ver='1.6' "
	              "wait='45' hold='1' xmpp:version='1.0'/>");
	head = (struct bosh_head){ .kind = BOSH_RESTART, .rid = 8, .sid = "s<", .to = "example.com" };
	check_written(&head, "", BODY "rid='8' sid='s&lt;' to='example.com' "
	              "xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'/>");
	head.kind = BOSH_STANZAS;
	check_written(&head, "<a/><b/>", BODY "rid='8' sid='s&lt;'><a/><b/></body>");
	head.kind = BOSH_TERMINATE;
	check_written(&head, "", BODY "rid='8' sid='s&lt;' type='terminate'/>");
}

static void check_stanza(const char *text, const char *expected)
{
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	char *again;
	size_t len;

	assert_non_null(el);
	again = bosh_stanza(el, &len);
	assert_string_equal(again, expected);
	assert_int_equal(len, strlen(expected));
	free(again);
	xml_free(el);
}

/* A body has another namespace than a stream, in which some go without saying. */
static void test_stanzas_say_their_namespace(void **state)
{
	(void)state;
	check_stanza("<iq xmlns='jabber:client' id='1'><a xmlns='x'><b/>t</a><error/></iq>",
	             "<iq xmlns='jabber:client' id='1'><a xmlns='x'><b/>t</a><error/></iq>");
	check_stanza("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>x</auth>",
	             "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>x</auth>");
	check_stanza("<a xmlns='x'><message xmlns='jabber:client'><body/></message></a>",
	             "<a xmlns='x'><message xmlns='jabber:client'><body/></message></a>");
}

static void test_bodies_are_read(void **state)
{
	const char *why, *text = BODY "sid='s' wait='60' inactivity='30' requests='2' polling='-1' "
		"xmlns:stream='" XML_STREAM_NS "'><stream:features/><message xmlns='jabber:client'/></body>";
	struct bosh_body b;

	(void)state;
	assert_true(bosh_body_read(&b, text, strlen(text), &why));
	assert_string_equal(b.sid, "s");
	assert_int_equal(b.wait, 60);
	assert_int_equal(b.inactivity, 30);
	assert_int_equal(b.requests, 2);
	assert_int_equal(b.polling, -1);
	assert_false(b.terminate);
	assert_non_null(xml_child(b.tree, "features", XML_STREAM_NS));
	assert_non_null(xml_child(b.tree, "message", ""));
	bosh_body_clear(&b);
	text = BODY "type='terminate' condition='item-not-found'/>";
	assert_true(bosh_body_read(&b, text, strlen(text), &why));
	assert_true(b.terminate);
	assert_string_equal(b.condition, "item-not-found");
	assert_null(b.sid);
	assert_int_equal(b.wait, -1);
	bosh_body_clear(&b);
}

static void check_unread(const char *text, size_t len, const char *expected)
{
	struct bosh_body b;
	const char *why = "";

	assert_false(bosh_body_read(&b, text, len, &why));
	assert_string_equal(why, expected);
}

static char *repeated(const char *before, const char *what, size_t times)
{
	size_t each = strlen(what), head = strlen(before);
	char *text = mem_alloc(head + times * each + 1);

	memcpy(text, before, head);
	for (size_t n = 0; n < times; n++)
		memcpy(text + head + n * each, what, each);
	text[head + times * each] = '\0';
	return text;
}

static void test_what_is_none_or_too_much_is_not_taken(void **state)
{
	const char *page = "<html><body>Sign in</body></html>", *cut = BODY "><message", *huge;
	char *text;

	(void)state;
	check_unread(page, strlen(page), "XML that is no BOSH body");
	check_unread("<body/>", 7, "XML that is no BOSH body");
	check_unread(cut, strlen(cut), "unclosed token");
	check_unread("", 0, "no element found");
	text = repeated(BODY ">", "<a>", 40);
	check_unread(text, strlen(text), "nested too deep");
	free(text);
	text = repeated(BODY ">", "<a/>", 100001);
	check_unread(text, strlen(text), "too many elements");
	free(text);
	huge = text = repeated(BODY ">", " ", BOSH_BODY_BYTES);
	check_unread(huge, strlen(huge), "too large");
	free(text);
	page = "<!DOCTYPE body [<!ENTITY a 'b'>]>" BODY "/>";
	check_unread(page, strlen(page), "document type declarations are not accepted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies_are_written),
		cmocka_unit_test(test_stanzas_say_their_namespace),
		cmocka_unit_test(test_bodies_are_read),
		cmocka_unit_test(test_what_is_none_or_too_much_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
