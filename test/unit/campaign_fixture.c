// link: test/unit/component_fixture.o
#include "test/unit/campaign_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"

#define NS "xmlns='urn:platen:operation:1'"

void campaign_devices(unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		char *text = mem_printf("<presence from='mfp-%u@example.com/platen-a' "
		                        "to='devices.example.com'>" DEVICE "</presence>", i);

		fixture_say(text);
		free(text);
	}
	fixture_forget();
}

void campaign_order(const char *attributes, const char *inside)
{
	char *text = mem_printf("<iq type='set' id='c1' " FROM_ALICE "><campaign " NS " %s>%s</campaign>"
	                        "</iq>", attributes, inside);

	fixture_forget();
	fixture_say(text);
	free(text);
}

const char *campaign_started(const char *attributes, const char *inside)
{
	static char id[UUID7_STRING];
	char *with = mem_printf("command='get-supplies' %s", attributes);
	const char *said;

	campaign_order(with, inside);
	free(with);
	said = strstr(fixture_sent(), "<campaign ");
	assert_non_null(said);
	assert_int_equal(fixture_count("type='result'"), 1);
	said = strstr(said, " id='");
	assert_non_null(said);
	snprintf(id, sizeof id, "%.36s", said + 5);
	return id;
}

const struct campaign *campaign_one(void)
{
	assert_int_equal(HASH_COUNT(fixture.campaigns.by_id), 1);
	return fixture.campaigns.by_id;
}

void campaign_act(const char *from, const char *id, const char *action)
{
	char *text = mem_printf("<iq type='set' id='a1' from='%s@example.com/cli' "
	                        "to='devices.example.com'><campaign " NS " id='%s' action='%s'/></iq>",
	                        from, id, action);

	fixture_forget();
	fixture_say(text);
	free(text);
}

void campaign_show(const char *from, const char *id, const char *page)
{
	char *text = mem_printf("<iq type='get' id='g1' from='%s@example.com/cli' "
	                        "to='devices.example.com'><campaign " NS " id='%s'>%s</campaign></iq>",
	                        from, id, page);

	fixture_forget();
	fixture_say(text);
	free(text);
}

void campaign_answer(const char *outcome)
{
	char request[UUID7_STRING], from[200];
	const struct request *r;

	snprintf(request, sizeof request, "%.36s", fixture_operation());
	r = request_find(&fixture.requests, request);
	assert_non_null(r);
	snprintf(from, sizeof from, "from='%s/platen-a' to='devices.example.com'", r->columns[REQ_DEVICE]);
	fixture_answer("result", from, outcome);
}

void campaign_answers(unsigned n, const char *outcome)
{
	for (unsigned i = 0; i < n; i++) {
		fixture_forget();
		fixture_pass(1000);
		assert_int_equal(fixture_count("<operation "), 1);
		campaign_answer(outcome);
	}
}

void campaign_counts(const char *words)
{
	const struct campaign *k = campaign_one();
	char has[400] = "";
	size_t sum = 0;

	for (unsigned i = 0; i < MEMBER_STATUSES; i++) {
		size_t len = strlen(has);

		sum += k->counts[i];
		if (k->counts[i] > 0)
			snprintf(has + len, sizeof has - len, "%s%s=%zu", len > 0 ? " " : "",
			         member_status_name((enum member_status)i), k->counts[i]);
	}
	assert_string_equal(has, words);
	assert_int_equal(sum, k->n);
}
