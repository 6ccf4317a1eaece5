// link: test/unit/tls_fixture.o device/config.o device/config_bosh.o device/transport.o device/network.o device/url.o device/vendor.o device/agent_account.o device/source.o device/watch.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "common/xmpp.h"
#include "device/agent.h"
#include "device/config.h"
#include "device/config_bosh.h"
#include "test/unit/tls_fixture.h"

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
	assert_null(c.write_community);
	assert_string_equal(c.state_directory, "/var/lib/platen-device");
	assert_int_equal(c.in_progress_ms, 5000);
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
	char *errors = read_text(&c, ACCOUNT "resource = platen-b\nhost = 127.0.0.1, [::1]:5269\nport = 5223\n"
		"security = direct-tls\nstream-management = yes\n"
		"[component]\nobey = a.example, b.example\n"
		"[source]\ntype = snmp\naddress = 192.0.2.7:1161\ncommunity-file = password\n"
		"timeout = 500ms\nretries = 0\nwrite-community-file = password\n"
		"[state]\ndirectory = /state\n[requests]\nin-progress-after = 100ms\n"
		"[device]\nmanufacturer = A\nmodel = B\nserial = C\nlocation = D\nmac = E\nname = F\n"
		"host = G\n[keepalive]\ninterval = 1m\nmin-interval = 2s\nmax-interval = 1h\n");

	(void)state;
	assert_string_equal(errors, "");
	assert_string_equal(c.resource, "platen-b");
	assert_string_equal(c.host, "127.0.0.1, [::1]:5269");
	assert_int_equal(c.port, 5223);
	assert_int_equal(c.security, XMPP_DIRECT_TLS);
	assert_true(c.stream_management);
	assert_string_equal(c.obey[1], "b.example");
	assert_int_equal(c.source, CONFIG_SOURCE_SNMP);
	assert_string_equal(c.address, "192.0.2.7:1161");
	assert_string_equal(c.community, "secret");
	assert_string_equal(c.write_community, "secret");
	assert_string_equal(c.state_directory, "/state");
	assert_int_equal(c.in_progress_ms, 100);
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

static void test_a_certificate(void **state)
{
	char *certificate = mem_printf("%s/crt", folder), *key = mem_printf("%s/key", folder), *pin;
	char *errors, *text;
	struct config c;

	(void)state;
	make_certificate(certificate, key, &pin);
	text = mem_printf("[account]\njid = mfp-0001@example.com\nca-file = crt\n"
	                  "certificate-file = crt\nkey-file = key\npins = %s, %s\n" OBEY FILE_SOURCE,
	                  pin, pin);
	errors = read_text(&c, text);
	assert_string_equal(errors, "");
	assert_null(c.password);
	assert_string_equal(c.certificate_file, certificate);
	assert_string_equal(c.pins[1], pin);
	unlink(certificate);
	unlink(key);
	free(certificate);
	free(key);
	free(pin);
	free(text);
	free(errors);
	config_free(&c);
}

#define SNMP "[source]\ntype = snmp\naddress = 192.0.2.7\n"
#define V3 SNMP "version = 3\n"

static void test_a_user_of_snmp_v3(void **state)
{
	struct config c;
	char *errors;

	(void)state;
	assert_int_equal(file_replace(password_path, "long enough\n", 12, 0600), 0);
	errors = read_text(&c, ACCOUNT OBEY V3 "user = reader\nauth-protocol = SHA-256\n"
	                       "auth-file = password\npriv-protocol = AES\npriv-file = password\n"
	                       "context = office\n");
	assert_string_equal(errors, "");
	assert_int_equal(c.version, AGENT_V3);
	assert_string_equal(c.user, "reader");
	assert_string_equal(agent_auth_names[c.auth_protocol], "SHA-256");
	assert_string_equal(agent_priv_names[c.priv_protocol], "AES");
	assert_string_equal(c.auth_password, "long enough");
	assert_string_equal(c.priv_password, "long enough");
	assert_string_equal(c.context, "office");
	free(errors);
	config_free(&c);
	assert_int_equal(file_replace(password_path, "secret \n", 8, 0600), 0);
}

/* A vendor's file beside the configuration; its own [counter] goes before. */
static void test_counters_of_a_vendor(void **state)
{
	char *vendor = mem_printf("%s/vendor.conf", folder), *errors;
	static const char text[] = "[counter scan]\noid = 1.3.6.1.4.1.1.0\nunit = sheets\n"
	                           "[counter copy]\noid = .1.3.6.1.4.1.2.0\n"
	                           "[counter hours]\noid = 1.3.6.1.4.1.3.0\nunit = hours\n"
	                           "figure = operation\n";
	struct config c;
	int64_t value = 2;

	(void)state;
	assert_int_equal(file_replace(vendor, text, sizeof text - 1, 0600), 0);
	errors = read_text(&c, ACCOUNT OBEY SNMP "vendor = ./vendor.conf\n"
	                       "[counter copy]\noid = 1.3.6.1.4.1.9.0\nunit = impressions\n");
	assert_string_equal(errors, "");
	assert_int_equal(c.vendor.n, 3);
	assert_string_equal(c.vendor.list[0].oid, "1.3.6.1.4.1.9.0");
	assert_string_equal(c.vendor.list[0].unit, "impressions");
	assert_string_equal(c.vendor.list[1].name, "scan");
	assert_int_equal(c.vendor.list[1].figure, VENDOR_COUNTER);
	assert_int_equal(c.vendor.list[2].figure, VENDOR_OPERATION);
	assert_true(vendor_seconds(&c.vendor.list[2], &value));
	assert_int_equal(value, 7200);
	value = INT64_MAX;
	assert_false(vendor_seconds(&c.vendor.list[2], &value));
	free(errors);
	config_free(&c);
	unlink(vendor);
	free(vendor);
}

/* Every file that we install. */
static void test_the_vendors_of_the_house(void **state)
{
	struct vendor v = { 0 };
	glob_t found;

	(void)state;
	assert_int_equal(glob("device/vendor/*.conf", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		assert_int_equal(vendor_read(&v, found.gl_pathv[i], stderr), 0);
		assert_true(v.n > 0);
		vendor_clear(&v);
	}
	globfree(&found);
}

static void check_mistake(const char *text, const char *mistake)
{
	struct config c;
	char *errors = read_text(&c, text), *expected = mem_printf("%s%s\n", path, mistake);

	assert_string_equal(errors, expected);
	free(expected);
	free(errors);
	config_free(&c);
}

/* A mistake in the lines behind a file source, which is told with its line. */
static void check_line(const char *lines, const char *mistake)
{
	char *text = mem_printf("%s%s%s%s", ACCOUNT, OBEY, FILE_SOURCE, lines);
	char *expected = mem_printf("%s%s", path, mistake), *errors;
	struct config c;

	errors = read_text(&c, text);
	assert_string_equal(errors, expected);
	free(errors);
	free(expected);
	free(text);
	config_free(&c);
}

static void test_mistakes(void **state)
{
	(void)state;
	check_mistake("[account]\njid = example.com\npassword-file = password\n" OBEY FILE_SOURCE,
	              ":2: [account] jid: must be USER@DOMAIN, 'example.com' is not");
	check_mistake("[account]\njid = a@example.com/x\npassword-file = password\n" OBEY FILE_SOURCE,
	              ":2: [account] jid: must be USER@DOMAIN, 'a@example.com/x' is not");
	check_mistake(ACCOUNT "host = a, b:0\n" OBEY FILE_SOURCE,
	              ":4: [account] host: 'b:0' is no HOST, HOST:PORT, [IPv6] or [IPv6]:PORT");
	check_mistake(ACCOUNT "[component]\nobey = a@@b\n" FILE_SOURCE,
	              ":5: [component] obey: 'a@@b' is no JID");
	check_mistake("[account]\njid = a@example.com\n" OBEY FILE_SOURCE,
	              ":6: [account] password-file: missing, as is certificate-file");
	check_mistake(ACCOUNT "key-file = password\n" OBEY FILE_SOURCE,
	              ":8: [account] certificate-file: missing, key-file is there");
	check_mistake(ACCOUNT "pins = sha256//AAAA\n" OBEY FILE_SOURCE,
	              ":4: [account] pins: 'sha256//AAAA' is no sha256// and 44 characters of base64");
	check_mistake(ACCOUNT OBEY, ":5: [source] file: missing, type is file");
	check_mistake(ACCOUNT OBEY "[source]\ntype = snmp\n",
	              ":7: [source] address: missing, type is snmp");
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[keepalive]\nmin-interval = 3h\n",
	              ":9: [keepalive] min-interval: is above max-interval");
	check_mistake(ACCOUNT OBEY V3, ":9: [source] user: missing, version is 3");
	check_mistake(ACCOUNT OBEY V3 "user = a\nauth-protocol = MD5\n",
	              ":11: [source] auth-file: missing, auth-protocol is there");
	assert_int_equal(file_replace(password_path, "long enough\n", 12, 0600), 0);
	check_mistake(ACCOUNT OBEY V3 "user = a\npriv-protocol = AES\npriv-file = password\n",
	              ":11: [source] priv-protocol: SNMPv3 has no privacy without authentication");
	assert_int_equal(file_replace(password_path, "secret \n", 8, 0600), 0);
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[counter scan]\nunit = sheets\n",
	              ":8: [counter scan] oid is missing");
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[counter scan]\n",
	              ":8: [counter scan] oid is missing");
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[counter on]\noid = 1.3.6.1.0\n[counter scan]\n"
	              "# Nothing\nunit = sheets\nfigure = counter\n",
	              ":10: [counter scan] oid is missing");
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[counter on]\noid = 1.3.6.1.0\nfigure = power-on\n",
	              ":10: [counter on] unit: a time is in hundredths, seconds, minutes or hours");
	check_line("[counter scan]\noid = 1.3.6.1..0\n",
	           ":9: '1.3.6.1..0' is no object identifier such as 1.3.6.1.4.1.18334.1.0\n");
	check_line("[counter scan]\noid = 1.3.6.1.4294967296\n",
	           ":9: '1.3.6.1.4294967296' is no object identifier such as 1.3.6.1.4.1.18334.1.0\n");
	check_line("[counter scan]\noid = 1.3.6.1.\n",
	           ":9: '1.3.6.1.' is no object identifier such as 1.3.6.1.4.1.18334.1.0\n");
	check_line("[counter S]\noid = 1.3.6\n",
	           ":8: 'S' is no name of a counter: a-z, 0-9 and '-', at most 32\n");
	check_line("[counter scan]\nunit = a b\n",
	           ":9: 'a b' is no unit: one word of letters and digits\n");
	check_line("[counter scan]\nfigure = age\n",
	           ":9: 'age' is none of: counter power-on operation\n");
	check_line("[counter scan]\nrecord = 255\n",
	           ":9: '255' is no record's tag: 0 to 254, or 0x00 to 0xfe\n");
	check_line("[counter scan]\nrecord = 0x\n",
	           ":9: '0x' is no record's tag: 0 to 254, or 0x00 to 0xfe\n");
	check_line("[counter scan]\nrecord = -1\n",
	           ":9: '-1' is no record's tag: 0 to 254, or 0x00 to 0xfe\n");
	check_line("[counter scan]\nrecord = 1\nrecord = 1\n", ":10: 'record' is given again\n");
	check_line("[counter scan]\nrecord = 1\nrow = 1.3.6 1\n",
	           ":10: a counter has a record or a row, not both\n");
	check_line("[counter scan]\nrow = 1.3.6\n",
	           ":9: '1.3.6' is no row: the object identifier of a column, and a number\n");
	check_line("[counter scan]\nrow = 1.3 5\n",
	           ":9: '1.3 5' is no row: the object identifier of a column, and a number\n");
	check_line("[counter scan]\nrow = 1.3.6 9223372036854775808\n",
	           ":9: '1.3.6 9223372036854775808' is no row: the object identifier of a column,"
	           " and a number\n");
	check_line("[counter scan]\nodi = 1.3.6\n", ":9: [counter scan] has no key 'odi'\n");
	check_line("[counters]\nx = 1\n", ":8: there is no section [counters]\n");
	check_mistake(ACCOUNT OBEY V3 "user = a\nauth-protocol = MD5\nauth-file = password\n",
	              ":12: [source] auth-file: the password is shorter than 8 bytes");
	check_mistake("[account]\njid = a@example.com\npassword-file = /nosuch\n" OBEY FILE_SOURCE,
	              ":3: [account] password-file: cannot read /nosuch: No such file or directory");
	/* What hangs on a wrong value is not asked for. */
	check_mistake(ACCOUNT OBEY "[source]\ntype = magic\n",
	              ":7: [source] type: 'magic' is none of: file snmp");
}

#define BOSH ACCOUNT "transport = bosh\n" OBEY FILE_SOURCE "[bosh]\n"
#define PROXY BOSH "url = https://example.com/bosh\n[proxy]\n"

static void test_the_way_over_http(void **state)
{
	struct bosh_options o;
	struct config c;
	char *errors = read_text(&c, PROXY "url = http://[::1]:3128\nuser = u\nauth = digest\n"
	                         "password-file = password\nno-proxy = localhost,.example\n");

	(void)state;
	assert_string_equal(errors, "");
	assert_int_equal(c.transport, TRANSPORT_BOSH);
	assert_int_equal(c.bosh_wait_ms, 45000);
	config_bosh_options(&c, 7, &o);
	assert_string_equal(o.http.proxy, "http://[::1]:3128");
	assert_string_equal(o.http.proxy_password, "secret");
	assert_int_equal(o.http.proxy_auth, BOSH_PROXY_DIGEST);
	assert_int_equal(o.http.no_earlier_s, 7);
	assert_string_equal(o.domain, "example.com");
	free(errors);
	config_free(&c);
	errors = read_text(&c, BOSH "url = http://127.0.0.1:5280/\n[proxy]\nurl = none\n");
	assert_string_equal(errors, "");
	config_bosh_options(&c, 0, &o);
	assert_string_equal(o.http.proxy, "");
	free(errors);
	config_free(&c);
}

static void test_mistakes_on_the_way_over_http(void **state)
{
	(void)state;
	check_mistake("[account]\njid = a@example.com\ntransport = auto\n" OBEY FILE_SOURCE,
	              ":7: [account] password-file: missing, as is certificate-file");
	check_mistake(BOSH "url = example.com/bosh\n",
	              ":10: [bosh] url: 'example.com/bosh' is no http or https URL");
	check_mistake(BOSH "url = ftp://example.com/\n",
	              ":10: [bosh] url: 'ftp://example.com/' is no http or https URL");
	check_mistake(BOSH "url = https://u:p@example.com/\n",
	              ":10: [bosh] url: must hold no user or password");
	check_mistake(BOSH "url = http://127.0.0.1.example.com/\n",
	              ":10: [bosh] url: http is for loopback addresses only, others need https");
	check_mistake(PROXY "url = socks5://proxy\n",
	              ":12: [proxy] url: 'socks5://proxy' is no http or https URL");
	check_mistake(PROXY "url = http://u@proxy\n",
	              ":12: [proxy] url: must hold no user or password");
	check_mistake(PROXY "user = u\n", ":12: [proxy] password-file: missing, user is there");
	check_mistake(PROXY "password-file = password\n",
	              ":12: [proxy] user: missing, password-file is there");
	check_mistake(PROXY "user = u\npassword-file = /nosuch\n",
	              ":13: [proxy] password-file: cannot read /nosuch: No such file or directory");
}

/* As many as an answer's reader takes, in one file and with the maker's. */
static void test_counters_are_bounded(void **state)
{
	char *text = mem_strdup(ACCOUNT OBEY FILE_SOURCE), *more;

	(void)state;
	for (int i = 0; i < VENDOR_COUNTERS + 1; i++) {
		more = mem_printf("%s[counter c%d]\noid = 1.3.6.%d\n", text, i, i);
		free(text);
		text = more;
	}
	check_mistake(text, ":136: more than 64 counters");
	free(text);
	check_mistake(ACCOUNT OBEY FILE_SOURCE "[counter marker-x]\noid = 1.3.6\n",
	              ":8: 'marker-x': names with marker- are the Printer-MIB's own");
}

static void check_address(const char *address, bool good)
{
	char *text = mem_printf(ACCOUNT OBEY "[source]\ntype = snmp\naddress = %s\n", address);
	char *wrong = mem_printf(":8: [source] address: '%s' is no HOST, HOST:PORT, [IPv6] or "
	                         "[IPv6]:PORT", address);
	struct config c;
	char *errors;

	if (good) {
		errors = read_text(&c, text);
		assert_string_equal(errors, "");
		free(errors);
		assert_string_equal(c.address, address);
		config_free(&c);
	} else {
		check_mistake(text, wrong);
	}
	free(wrong);
	free(text);
}

static void test_an_address_is_checked_before_anybody_is_asked(void **state)
{
	static const char *const good[] = { "192.0.2.7", "192.0.2.7:1", "printer", "p-1.x.example:65535",
	                                    "[2001:db8::7]", "[::1]:161", "[fe80::1%eth0]:161" };
	static const char *const bad[] = { "1.2.3.4:99999", "1.2.3.4:0", "1.2.3.4:", "1.2.3.4:snmp",
	                                   "1.2.3.4:-1", "1.2.3.400", "1.2.3", ":161", "::1", "[::1",
	                                   "[::1]161", "[x]:161", "[]", "a b", "[1.2.3.4]",
	                                   "udp:printer:161", "snmp://printer" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		check_address(good[i], true);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_address(bad[i], false);
}

static void test_all_mistakes_in_one_run(void **state)
{
	static const char *const mistakes[] = {
		":4: [account] port: -1 is not within 0 and 65535\n",
		":6: [component] has no key 'obay'; did you mean 'obey'?\n",
		":8: [component] obey is missing\n",
		":2: [account] jid: must be USER@DOMAIN, 'x' is not\n",
		":8: [source] address: missing, type is snmp\n",
	};
	struct config c;
	char *errors = read_text(&c, "[account]\njid = x\npassword-file = password\nport = -1\n"
	                             "[component]\nobay = d.x\n[source]\ntype = snmp\n");
	const char *rest = errors;

	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		assert_int_equal(strncmp(rest, path, strlen(path)), 0);
		rest += strlen(path);
		assert_int_equal(strncmp(rest, mistakes[i], strlen(mistakes[i])), 0);
		rest += strlen(mistakes[i]);
	}
	assert_string_equal(rest, "");
	free(errors);
	config_free(&c);
}

static void test_what_is_printed_reads_back_but_for_secrets(void **state)
{
	struct config c, again;
	char *errors = read_text(&c, ACCOUNT OBEY FILE_SOURCE "community = private\n"
	                             "[counter on]\noid = 1.3.6.1.0\nunit = hours\n"
	                             "figure = power-on\n"
	                             "[counter string]\noid = 1.3.6.2.0\nrecord = 18\n"
	                             "[counter table]\noid = 1.3.6.3\nrow = .1.3.6.4  -7\n"),
	     *printed;
	size_t len;
	FILE *f = open_memstream(&printed, &len);

	(void)state;
	config_print(&c, f);
	fclose(f);
	assert_non_null(strstr(printed, "wait = 45s"));
	assert_null(strstr(printed, "private"));
	assert_null(strstr(printed, "secret"));
	free(errors);
	errors = read_text(&again, printed);
	assert_string_equal(errors, "");
	assert_string_equal(again.jid, c.jid);
	assert_string_equal(again.state_file, c.state_file);
	assert_int_equal(again.max_interval_ms, c.max_interval_ms);
	assert_int_equal(again.vendor.n, 3);
	assert_string_equal(again.vendor.list[0].oid, "1.3.6.1.0");
	assert_int_equal(again.vendor.list[0].figure, VENDOR_POWER_ON);
	assert_int_equal(again.vendor.list[0].place, VENDOR_VALUE);
	assert_int_equal(again.vendor.list[1].place, VENDOR_RECORD);
	assert_int_equal(again.vendor.list[1].record, 0x12);
	assert_int_equal(again.vendor.list[2].place, VENDOR_ROW);
	assert_string_equal(again.vendor.list[2].row, "1.3.6.4");
	assert_int_equal(again.vendor.list[2].row_number, -7);
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
		cmocka_unit_test(test_a_certificate),
		cmocka_unit_test(test_a_user_of_snmp_v3),
		cmocka_unit_test(test_counters_of_a_vendor),
		cmocka_unit_test(test_the_vendors_of_the_house),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_the_way_over_http),
		cmocka_unit_test(test_mistakes_on_the_way_over_http),
		cmocka_unit_test(test_counters_are_bounded),
		cmocka_unit_test(test_an_address_is_checked_before_anybody_is_asked),
		cmocka_unit_test(test_all_mistakes_in_one_run),
		cmocka_unit_test(test_what_is_printed_reads_back_but_for_secrets),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
