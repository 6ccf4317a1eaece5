// link: device/source_snmp.o device/source.o device/watch.o device/agent.o
// link: device/agent_account.o device/walk.o device/reset.o device/mib.o device/mib_mfp.o
// link: device/mib_labels.o device/vendor.o device/mib_vendor.o
// link: device/records.o test/unit/printer_fixture.o
/* Versions and users, against the stock snmpd (test/e2e/snmp_fixture.py, which has
 * the users), and what ends a wait. */
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/unit/printer_fixture.h"

#define COUNTERS \
	"<counters xmlns='urn:platen:mfp:1'><counter name='marker-life-count' index='1.1'" \
	" value='271871' unit='sheets'/><counter name='marker-power-on-count' index='1.1'" \
	" value='138' unit='sheets'/></counters>"

static struct printer printer;

static int set_up(void **state)
{
	(void)state;
	printer = printer_start("test/e2e/snmp_fixture.py", "test/data/printer.snmprec");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	printer_stop(&printer);
	return 0;
}

static void check(const struct agent_options *options, const char *expected)
{
	char *text = printer_text_by(options, MFP_COUNTERS);

	assert_string_equal(text, expected);
	free(text);
}

static void test_v1_is_read(void **state)
{
	struct agent_options options = printer_options(printer.address, "public");

	(void)state;
	options.version = AGENT_V1;
	check(&options, COUNTERS);
}

static int index_of(const char *const *names, const char *name)
{
	int i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* Reads as one of the fixture's users with these passwords. */
static void check_user(const char *user, const char *auth, const char *auth_password,
                       const char *priv, const char *priv_password, const char *expected)
{
	struct agent_options options = printer_options(printer.address, NULL);

	options.version = AGENT_V3;
	options.user = user;
	options.auth_protocol = index_of(agent_auth_names, auth);
	options.auth_password = auth_password;
	options.priv_protocol = index_of(agent_priv_names, priv);
	options.priv_password = priv_password;
	/* snmpd says nothing to what it cannot decrypt. */
	if (priv_password != NULL && strcmp(priv_password, "wrong-password") == 0)
		options.timeout_ms = 2000;
	check(&options, expected);
}

static void test_v3_is_read_with_every_protocol(void **state)
{
	static const struct { const char *name, *auth, *priv; } users[] = {
		{ "plain", "none", "none" }, { "md5", "MD5", "none" }, { "sha", "SHA", "none" },
		{ "sha-224", "SHA-224", "none" }, { "sha-256", "SHA-256", "none" },
		{ "sha-384", "SHA-384", "none" }, { "sha-512", "SHA-512", "none" },
		{ "md5-des", "MD5", "DES" }, { "sha-aes", "SHA", "AES" },
		{ "sha-256-aes", "SHA-256", "AES" }, { "sha-384-aes-192", "SHA-384", "AES-192" },
		{ "sha-512-aes-256", "SHA-512", "AES-256" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
		char *password = mem_printf("%s-password", users[i].name);

		check_user(users[i].name, users[i].auth, password, users[i].priv, password, COUNTERS);
		free(password);
	}
}

/* Each is followed by a reading with what is right: no wrong key stays behind. */
static void test_wrong_credentials_are_said(void **state)
{
	char *at = mem_printf("printer-error: %s", printer.address), *reason;

	(void)state;
	reason = mem_printf("%s does not know the user nobody", at);
	check_user("nobody", "SHA", "sha-password", "none", NULL, reason);
	free(reason);
	reason = mem_printf("%s refuses the authentication password or protocol of sha", at);
	check_user("sha", "SHA", "wrong-password", "none", NULL, reason);
	check_user("sha", "SHA", "sha-password", "none", NULL, COUNTERS);
	check_user("sha", "MD5", "sha-password", "none", NULL, reason);
	free(reason);
	reason = mem_printf("%s wants other protocols than those configured for plain", at);
	check_user("plain", "SHA", "sha-password", "none", NULL, reason);
	free(reason);
	reason = mem_printf("%s knows SNMPv3 but does not answer user sha-aes: is the privacy "
	                    "password or protocol wrong?", at);
	check_user("sha-aes", "SHA", "sha-aes-password", "AES", "wrong-password", reason);
	check_user("sha-aes", "SHA", "sha-aes-password", "AES", "sha-aes-password", COUNTERS);
	free(reason);
	free(at);
}

/* A socket that takes datagrams and says nothing. */
static int start_silence(char address[static 64])
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof sin;

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	snprintf(address, 64, "127.0.0.1:%d", ntohs(sin.sin_port));
	return fd;
}

/* How many datagrams have come since the last time. */
static unsigned heard(int fd)
{
	char packet[2048];
	unsigned n = 0;

	while (recv(fd, packet, sizeof packet, MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

static void test_a_dead_printer_costs_its_timeouts_and_no_more(void **state)
{
	static const enum agent_version versions[] = { AGENT_V1, AGENT_V2C, AGENT_V3 };
	char address[64], *expected;
	int fd = start_silence(address);

	(void)state;
	expected = mem_printf("printer-timeout: %s did not answer within 600 ms", address);
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct agent_options options = printer_options(address, "public");
		int64_t begun = clock_mono_ms();

		options.version = versions[i];
		options.user = "plain";
		options.timeout_ms = 200;
		options.retries = 2;
		check(&options, expected);
		assert_true(clock_mono_ms() - begun >= 550);
		assert_int_equal(heard(fd), 3);
	}
	free(expected);
	close(fd);
}

static void *abort_soon(void *state)
{
	usleep(50000);
	source_snmp_kind.abort(state);
	return NULL;
}

static void test_an_abort_ends_the_wait(void **state)
{
	static const struct vendor none;
	struct agent_options options;
	int64_t begun = clock_mono_ms();
	char address[64], *text;
	pthread_t thread;
	void *source;
	int fd = start_silence(address);

	(void)state;
	options = printer_options(address, "public");
	options.timeout_ms = 30000;
	source = source_snmp_new(&options, &none);
	assert_int_equal(pthread_create(&thread, NULL, abort_soon, source), 0);
	text = printer_text(source, MFP_COUNTERS);
	assert_string_equal(text, "internal: the program ends");
	assert_true(clock_mono_ms() - begun < 2000);
	pthread_join(thread, NULL);
	source_snmp_kind.free(source);
	free(text);
	close(fd);
}

/* One reader of several at once: what it read, or why not. */
struct reader {
	pthread_t thread;
	void *source;
	char *text;
	atomic_bool ended;
};

static void *read_often(void *arg)
{
	struct reader *r = arg;

	for (int i = 0; i < 5; i++) {
		free(r->text);
		r->text = printer_text(r->source, MFP_COUNTERS);
	}
	atomic_store(&r->ended, true);
	return NULL;
}

static void start_reader(struct reader *r, const struct agent_options *options)
{
	static const struct vendor none;

	r->source = source_snmp_new(options, &none);
	assert_int_equal(pthread_create(&r->thread, NULL, read_often, r), 0);
}

static void end_reader(struct reader *r, const char *text)
{
	pthread_join(r->thread, NULL);
	assert_string_equal(r->text, text);
	source_snmp_kind.free(r->source);
	free(r->text);
}

/* Two of them as the same user: net-snmp has one list of users for all. */
static void test_several_read_at_once_beside_a_dead_printer(void **state)
{
	static const struct { const char *user, *password; int auth, priv; } users[] = {
		{ "sha-aes", "sha-aes-password", 2, 2 }, { "sha-aes", "sha-aes-password", 2, 2 },
		{ "md5-des", "md5-des-password", 1, 1 }, { "sha", "sha-password", 2, 0 },
	};
	struct reader readers[4] = { 0 }, dead = { 0 };
	struct agent_options o;
	char address[64];
	int fd = start_silence(address);

	(void)state;
	o = printer_options(address, "public");
	o.timeout_ms = 600000;
	start_reader(&dead, &o);
	for (size_t i = 0; i < 4; i++) {
		o = printer_options(printer.address, "public");
		o.version = AGENT_V3;
		o.user = users[i].user;
		o.auth_protocol = users[i].auth;
		o.priv_protocol = users[i].priv;
		o.auth_password = o.priv_password = users[i].password;
		start_reader(&readers[i], &o);
	}
	for (size_t i = 0; i < 4; i++)
		end_reader(&readers[i], COUNTERS);
	assert_false(atomic_load(&dead.ended));
	source_snmp_kind.abort(dead.source);
	end_reader(&dead, "internal: the program ends");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1_is_read),
		cmocka_unit_test(test_v3_is_read_with_every_protocol),
		cmocka_unit_test(test_wrong_credentials_are_said),
		cmocka_unit_test(test_a_dead_printer_costs_its_timeouts_and_no_more),
		cmocka_unit_test(test_an_abort_ends_the_wait),
		cmocka_unit_test(test_several_read_at_once_beside_a_dead_printer),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
