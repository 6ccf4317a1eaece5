// link: test/unit/component_fixture.o
/* Which device an operator means: by JID, or by what names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"
#include "test/unit/component_fixture.h"

#define PRESENCE(jid, facts) \
	"<presence from='" jid "/platen-a' to='devices.example.com'>" \
	"<device xmlns='urn:platen:device:1' " facts "/></presence>"

static int setup(void **state)
{
	fixture_setup(state);
	fixture_say(PRESENCE("mfp-1@example.com", "serial='S1' mac='02:00:5e:10:00:01' "
	                     "address='10.1.2.3' host='hall.acme.example' name='Hall' model='M'")
	            PRESENCE("mfp-2@example.com", "serial='S2' mac='02:00:5e:10:00:02' "
	                     "address='10.1.2.3' location='S1'")
	            PRESENCE("bolt-1@example.com", "serial='S1' name='Hall' mac='02005e100001'"));
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static void say(const char *type, const char *element, const char *device)
{
	char *text = mem_printf("<iq type='%s' id='q' " FROM_ALICE "><%s device='%s' "
	                        "xmlns='urn:platen:operation:1' %s/></iq>", type, element, device,
	                        *type == 's' ? "command='print'" : "");

	fixture_forget();
	fixture_say(text);
	free(text);
}

static void each_name_is_of_one_device(void **state)
{
	static const char *const names[] = {
		"mfp-1@example.com", "MFP-1@Example.com", "mfp-1@example.com/platen-a", "mfp-1", "MFP-1",
		"S1", "s1", "02:00:5e:10:00:01", "02-00-5E-10-00-01", "0200.5e10.0001", "02005e100001",
		"hall.acme.example", "hall.acme.example.", "HALL", " Hall ", "\t02-00-5e-10-00-01\n",
		" mfp-1@example.com ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		say("set", "request", names[i]);
		assert_int_equal(fixture_count("status='queued'"), 1);
		say("get", "devices", names[i]);
		assert_int_equal(fixture_count("<device "), 1);
		assert_int_equal(fixture_count("device='mfp-1@example.com'"), 1);
		say("get", "requests", names[i]);
		assert_int_equal(fixture_count("<request "), i + 1);
	}
}

static void what_is_no_name_finds_nothing(void **state)
{
	static const char *const names[] = {
		"mfp", "mfp-1@", "M", "Ha ll", "printer-02005e100001", ".", "02:00:5e:10:00", "02:00:5e:10:00:011", ":", "bolt-1", " ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		say("set", "request", names[i]);
		assert_int_equal(fixture_count("<unknown-device "), 1);
		say("get", "devices", names[i]);
		assert_int_equal(fixture_count("<device "), 0);
		say("get", "requests", names[i]);
		assert_int_equal(fixture_count("<requests "), 1);
	}
}

/* A submit is refused with the candidates, a list of devices shows them. */
static void a_name_of_two_is_not_guessed(void **state)
{
	(void)state;
	say("set", "request", "10.1.2.3");
	assert_int_equal(fixture_count("10.1.2.3 may be mfp-1@example.com, mfp-2@example.com"), 1);
	say("get", "requests", "10.1.2.3");
	assert_int_equal(fixture_count("<ambiguous-device "), 1);
	say("get", "devices", "10.1.2.3");
	assert_int_equal(fixture_count("<device "), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_name_is_of_one_device),
		TEST(what_is_no_name_finds_nothing),
		TEST(a_name_of_two_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
