// link: device/config.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/xmpp.h"
#include "device/config.h"

static char folder[] = "/tmp/platen-test-XXXXXX";
static char *path, *password_path;

static int set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	path = mem_printf("%s/device.conf", folder);
	password_path = mem_printf("%s/password", folder);
	return file_replace(password_path, "secret \n", 8, 0600);
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(password_path);
	free(path);
	free(password_path);
	return rmdir(folder);
}

/* Reads a configuration with this text. The mistakes, which the caller frees. */
static char *read_text(struct config *c, const char *text)
{
	char *errors = NULL;
	size_t len;
	FILE *f = open_memstream(&errors, &len);
	int rc;

	assert_int_equal(file_replace(path, text, strlen(text), 0600), 0);
	memset(c, 0, sizeof *c);
	rc = config_read(c, path, f);
	fclose(f);
	assert_int_equal(rc == 0, *errors == '\0');
	return errors;
}

#define ACCOUNT "[account]\njid = mfp-0001@example.com\npassword-file = password\n"
#define OBEY "[component]\nobey = devices.example.com\n"
#define FILE_SOURCE "[source]\nfile = state.xml\n"

static void test_defaults(void **state)
{
	struct config c;
	char *errors = read_text(&c, ACCOUNT OBEY FILE_SOURCE);
	char *state_file = mem_printf("%s/state.xml", folder);

	(void)state;
	assert_string_equal(errors, "");
	assert_string_equal(c.password, "secret");
	assert_string_equal(c.resource, "platen-a");
	assert_null(c.host);
	assert_int_equal(c.port, 0);
	assert_int_equal(c.security, XMPP_STARTTLS);
	assert_false(c.stream_management);
	assert_string_equal(c.obey[0], "devices.example.com");
	assert_null(c.obey[1]);
	assert_int_equal(c.source, CONFIG_SOURCE_FILE);
	assert_string_equal(c.state_file, state_file);
	assert_string_equal(c.community, "public");
	assert_int_equal(c.timeout_ms, 2000);
	assert_int_equal(c.retries, 1);
	assert_int_equal(c.interval_ms, 300000);
	assert_int_equal(c.min_interval_ms, 30000);
	assert_int_equal(c.max_interval_ms, 7200000);
	free(state_file);
	free(errors);
	config_free(&c);
}

static void test_everything_said(void **state)
{
	struct config c;
	char *errors = read_text(&c, ACCOUNT "resource = platen-b\nhost = 127.0.0.1\nport = 5223\n"
		"security = direct-tls\nca-file = /ca.pem\nstream-management = yes\n"
		"[component]\nobey = a.example, b.example\n"
		"[source]\ntype = snmp\naddress = 192.0.2.7:1161\ncommunity-file = password\n"
		"timeout = 500ms\nretries = 0\n"
		"[device]\nmanufacturer = A\nmodel = B\nserial = C\nlocation = D\nmac = E\nname = F\n"
		"host = G\n[keepalive]\ninterval = 1m\nmin-interval = 2s\nmax-interval = 1h\n");

	(void)state;
	assert_string_equal(errors, "");
	assert_string_equal(c.resource, "platen-b");
	assert_int_equal(c.port, 5223);
	assert_int_equal(c.security, XMPP_DIRECT_TLS);
	assert_true(c.stream_management);
	assert_string_equal(c.obey[1], "b.example");
	assert_int_equal(c.source, CONFIG_SOURCE_SNMP);
	assert_string_equal(c.address, "192.0.2.7:1161");
	assert_string_equal(c.community, "secret");
	assert_int_equal(c.timeout_ms, 500);
	assert_int_equal(c.min_interval_ms, 2000);
	for (size_t i = 0; i < MFP_FACTS; i++) {
		/* In the order of mfp_fact_names; firmware and address cannot be set. */
		static const char *const expected[MFP_FACTS] = { "A", "B", "C", NULL, "D", "E", "F",
		                                                 NULL, "G" };

		if (expected[i] == NULL)
			assert_null(c.facts[i]);
		else
			assert_string_equal(c.facts[i], expected[i]);
	}
	free(errors);
	config_free(&c);
}

static void check_mistake(const char *text, const char *mistake)
{
	struct config c;
	char *errors = read_text(&c, text), *expected = mem_printf("%s: %s\n", path, mistake);

	assert_string_equal(errors, expected);
	free(expected);
	free(errors);
	config_free(&c);
}

static void test_mistakes(void **state)
{
	struct config c;
	char *errors, *expected;

	(void)state;
	check_mistake("[account]\njid = example.com\npassword-file = password\n" OBEY FILE_SOURCE,
	              "account.jid: must be USER@DOMAIN, 'example.com' is not");
	check_mistake("[account]\njid = a@example.com/x\npassword-file = password\n" OBEY FILE_SOURCE,
	              "account.jid: must be USER@DOMAIN, 'a@example.com/x' is not");
	check_mistake(ACCOUNT "[component]\nobey = a@@b\n" FILE_SOURCE,
	              "component.obey: 'a@@b' is no JID");
	check_mistake(ACCOUNT OBEY, "source.file: missing, source.type is file");
	check_mistake(ACCOUNT OBEY "[source]\ntype = snmp\n",
	              "source.address: missing, source.type is snmp");
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[keepalive]\nmin-interval = 3h\n",
	              "keepalive.min-interval: is above max-interval");
	errors = read_text(&c, "[account]\njid = a@example.com\npassword-file = /nosuch\n"
	                       OBEY FILE_SOURCE);
	expected = mem_strdup("/nosuch: cannot read the password: No such file or directory\n");
	assert_string_equal(errors, expected);
	free(expected);
	free(errors);
	config_free(&c);
}

static void test_what_is_printed_reads_back_but_for_secrets(void **state)
{
	struct config c, again;
	char *errors = read_text(&c, ACCOUNT OBEY FILE_SOURCE "community = private\n"), *printed;
	size_t len;
	FILE *f = open_memstream(&printed, &len);

	(void)state;
	config_print(&c, f);
	fclose(f);
	assert_null(strstr(printed, "private"));
	assert_null(strstr(printed, "secret"));
	free(errors);
	errors = read_text(&again, printed);
	assert_string_equal(errors, "");
	assert_string_equal(again.jid, c.jid);
	assert_string_equal(again.state_file, c.state_file);
	assert_int_equal(again.max_interval_ms, c.max_interval_ms);
	free(errors);
	free(printed);
	config_free(&c);
	config_free(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything_said),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_what_is_printed_reads_back_but_for_secrets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
