// link: operator/list_query.o operator/args.o operator/fault.o operator/json.o operator/row.o operator/text.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "operator/list_query.h"

static const struct list_filter filters[] = {
	{ "device", LIST_TEXT }, { "online", LIST_TRUTH }, { "since", LIST_TIME },
	{ "status", LIST_STATUS }, { "order", LIST_ORDER }, { "sort", LIST_SORT },
	{ "result", LIST_RESULT }, { "by", LIST_BY },
	{ NULL, LIST_TEXT },
};

static const struct list_query list = { "things", filters, NULL };
static const struct list_query audit = { "audit", filters, "urn:platen:audit:1" };

static struct fault fault;

static void check(const char *const *words, size_t n, const char *after, const char *expected)
{
	char *question;

	fault_clear(&fault);
	question = list_query_text(&list, words, n, 100, after, &fault);
	assert_non_null(question);
	assert_string_equal(question, expected);
	free(question);
}

static void filters_become_attributes(void **state)
{
	static const char *const words[] = { "device=a=b", "online=no", "status=no-response",
	                                     "since=2026-01-02T03:04:05+01:00" };

	(void)state;
	check(words, 4, NULL, "<things xmlns='urn:platen:operation:1' device='a=b' online='false'"
	      " status='no-response' since='2026-01-02T02:04:05.000Z'>"
	      "<set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set></things>");
}

static void a_list_may_be_of_another_namespace(void **state)
{
	static const struct list_query other = { "things", filters, "urn:x" };
	char *question = list_query_text(&other, NULL, 0, 5, NULL, &fault);

	(void)state;
	assert_string_equal(question, "<things xmlns='urn:x'><set "
	                    "xmlns='http://jabber.org/protocol/rsm'><max>5</max></set></things>");
	free(question);
}

static void orders_become_attributes(void **state)
{
	static const char *const words[] = { "order=oldest", "sort=since" };

	(void)state;
	check(words, 2, NULL, "<things xmlns='urn:platen:operation:1' order='oldest' sort='since'>"
	      "<set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set></things>");
}

static void the_next_page_is_behind_the_last_row(void **state)
{
	(void)state;
	check(NULL, 0, "x<y", "<things xmlns='urn:platen:operation:1'>"
	      "<set xmlns='http://jabber.org/protocol/rsm'><max>100</max>"
	      "<after>x&lt;y</after></set></things>");
}

static void a_list_may_have_its_own_namespace(void **state)
{
	static const char *const words[] = { "result=denied" };
	char *question = list_query_text(&audit, words, 1, 7, NULL, &fault);

	(void)state;
	assert_string_equal(question, "<audit xmlns='urn:platen:audit:1' result='denied'>"
	                    "<set xmlns='http://jabber.org/protocol/rsm'><max>7</max></set></audit>");
	free(question);
}

static void check_mistake(const char *first, const char *second, const char *text)
{
	const char *words[] = { first, second };

	fault_clear(&fault);
	assert_null(list_query_text(&list, words, second == NULL ? 1 : 2, 100, NULL, &fault));
	assert_int_equal(fault.exit, 2);
	if (strstr(fault.text, text) == NULL)
		fail_msg("%s: %s", first, fault.text);
}

static void wrong_filters_are_usage_errors(void **state)
{
	(void)state;
	check_mistake("colour=red", NULL, "KEY one of device, online, since, status, order, sort, result, by");
	check_mistake("device", NULL, "is no filter");
	check_mistake("device=", NULL, "is no filter");
	check_mistake("=x", NULL, "is no filter");
	check_mistake("online=maybe", NULL, "neither yes nor no");
	check_mistake("since=yesterday", NULL, "is no time");
	check_mistake("status=done", NULL, "'done' is no status");
	check_mistake("order=up", NULL, "order: 'up' is none of newest, oldest");
	check_mistake("sort=taste", NULL, "none of device, model, unit, location, serial, since");
	check_mistake("by=moon", NULL, "by: 'moon' is none of command, unit, device");
	check_mistake("result=lost", NULL, "result: 'lost' is none of accepted, denied");
	check_mistake("sort=model", "sort=model", "given twice");
	check_mistake("device=a", "device=b", "given twice");
}

static void the_help_has_each_filter_and_its_values(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	list_query_help(filters, out);
	fclose(out);
	assert_string_equal(text, "Filters:\n  device=TEXT\n  online=true|false\n  since=TIME\n"
	                    "  status=queued|transmitted|running|cancelling|responded|failed|refused|"
	                    "cancelled|unknown|expired|no-response\n  order=newest|oldest\n"
	                    "  sort=device|model|unit|location|serial|since\n"
	                    "  result=accepted|denied\n  by=command|unit|device\n");
	free(text);
}

static int clean_up(void **state)
{
	(void)state;
	fault_clear(&fault);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_become_attributes),
		cmocka_unit_test(orders_become_attributes),
		cmocka_unit_test(a_list_may_be_of_another_namespace),
		cmocka_unit_test(the_next_page_is_behind_the_last_row),
		cmocka_unit_test(a_list_may_have_its_own_namespace),
		cmocka_unit_test(wrong_filters_are_usage_errors),
		cmocka_unit_test(the_help_has_each_filter_and_its_values),
	};

	return cmocka_run_group_tests(tests, NULL, clean_up);
}
