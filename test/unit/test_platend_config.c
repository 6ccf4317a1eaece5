// link: component/config.o
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/file.h"
#include "common/mem.h"
#include "component/config.h"

static char dir[] = "/tmp/test_config.XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return -1;
	return file_replace("secret", "hush\n", 5, 0600);
}

static int remove_dir(void **state)
{
	(void)state;
	return unlink("secret") != 0 || unlink("conf") != 0 || rmdir(dir) != 0 ? -1 : 0;
}

#define BASE "[component]\ndomain = devices.example.com\nsecret-file = secret\n"

/* 0 or -1; what is wrong goes to *errors (to be freed). */
static int read_text(const char *text, struct config *c, char **errors)
{
	size_t n;
	FILE *f = open_memstream(errors, &n);
	int rc;

	assert_int_equal(file_replace("conf", text, strlen(text), 0600), 0);
	rc = config_read(c, "conf", f);
	fclose(f);
	return rc;
}

static void what_is_not_said_has_its_default(void **state)
{
	struct config c;
	char *errors, *path;

	(void)state;
	assert_int_equal(read_text(BASE, &c, &errors), 0);
	assert_string_equal(errors, "");
	assert_string_equal(c.secret, "hush");
	path = mem_printf("%s/secret", dir);
	assert_string_equal(c.secret_file, path);
	assert_string_equal(c.host, "127.0.0.1");
	assert_int_equal(c.port, 5347);
	assert_int_equal(c.ping_interval_ms, 60000);
	assert_string_equal(c.data_directory, "/var/lib/platen");
	assert_string_equal(c.units_file, "/etc/platen/units.conf");
	assert_int_equal(c.reserve, 16 << 20);
	assert_int_equal(c.window, 1);
	assert_int_equal(c.open_device, 10000);
	assert_int_equal(c.open_operator, 100000);
	assert_int_equal(c.submits_device, 1000);
	assert_int_equal(c.submits_operator, 5000);
	assert_int_equal(c.keepalive_ms, 300000);
	assert_int_equal(c.ask_rate, 50);
	assert_int_equal(c.unassigned, 1000);
	assert_string_equal(c.hosts[0], "example.com");
	assert_null(c.hosts[1]);
	free(path);
	free(errors);
	config_free(&c);
}

static void mistakes_are_said(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "[component]\nsecret-file = secret\n", "domain" },
		{ "[component]\ndomain = d.example.com\n", "secret-file" },
		{ "[component]\ndomain = a@d.example.com\nsecret-file = secret\n", "is not a domain" },
		{ "[component]\ndomain = d.example.com\nsecret-file = nowhere\n", "No such file" },
		{ BASE "host = 192.0.2.1\n", "another machine" },
		{ BASE "host = xmpp.example.com\n", "another machine" },
		{ BASE "host =\n", "host is missing" },
		{ BASE "port = 0\n", "port" },
		{ BASE "[data]\ndirectory =\n", "directory is missing" },
		{ BASE "[data]\nunits =\n", "units is missing" },
		{ BASE "[requests]\nwindow = 65\n", "window" },
		{ BASE "[requests]\nsubmits-per-device = 0\n", "submits-per-device" },
		{ BASE "[requests]\nsubmits-per-operator = fast\n", "submits-per-operator" },
		{ BASE "[requests]\nopen-per-operator = 1000001\n", "open-per-operator" },
		{ BASE "[keepalive]\ninterval = 4s\n", "interval" },
		{ BASE "[devices]\nunassigned = 0\n", "unassigned" },
		{ BASE "hosts = example.com a@example.com\n", "\"a@example.com\" is not a domain" },
		{ BASE "[log]\nlevel = loud\n", "level" },
		{ BASE "[metrics]\nlisten = 9479\n", "[metrics] listen: \"9479\" is not a loopback" },
		{ BASE "[metrics]\nlisten = :9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 0.0.0.0:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 192.0.2.1:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 127.0.0.1\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 127.0.0.1:0\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 127.0.0.1:65536\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = 127.0.0.1:http\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = [::]:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = ::1:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = []:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = [127.0.0.1]:9479\n", "[metrics] listen" },
		{ BASE "[metrics]\nlisten = mfp.example.com:9479\n", "[metrics] listen" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct config c;
		char *errors;

		assert_int_equal(read_text(cases[i].text, &c, &errors), -1);
		if (strstr(errors, cases[i].says) == NULL)
			fail_msg("\"%s\" is not in: %s", cases[i].says, errors);
		free(errors);
		config_free(&c);
	}
}

static void only_a_private_network_may_be_without_tls(void **state)
{
	static const char *const texts[] = {
		BASE "host = localhost\n", BASE "host = 127.1.2.3\n", BASE "host = ::1\n",
		BASE "host = 192.0.2.1\nprivate-network = yes\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct config c;
		char *errors;

		assert_int_equal(read_text(texts[i], &c, &errors), 0);
		free(errors);
		config_free(&c);
	}
}

static void metrics_are_for_the_loopback(void **state)
{
	static const struct { const char *text; int family; } cases[] = {
		{ BASE, 0 }, { BASE "[metrics]\nlisten =\n", 0 },
		{ BASE "[metrics]\nlisten = 127.0.0.1:9479\n", AF_INET },
		{ BASE "[metrics]\nlisten = 127.1.2.3:9479\n", AF_INET },
		{ BASE "[metrics]\nlisten = LocalHost:9479\n", AF_INET },
		{ BASE "[metrics]\nlisten = [::1]:9479\n", AF_INET6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct sockaddr_in *four;
		const struct sockaddr_in6 *six;
		struct config c;
		char *errors;

		assert_int_equal(read_text(cases[i].text, &c, &errors), 0);
		assert_int_equal(c.metrics_address.ss_family, cases[i].family);
		assert_int_equal(c.metrics_listen != NULL, cases[i].family != 0);
		four = (const void *)&c.metrics_address;
		six = (const void *)&c.metrics_address;
		if (cases[i].family == AF_INET)
			assert_int_equal(ntohs(four->sin_port), 9479);
		if (cases[i].family == AF_INET)
			assert_int_equal(ntohl(four->sin_addr.s_addr) >> 24, 127);
		if (cases[i].family == AF_INET6)
			assert_int_equal(ntohs(six->sin6_port), 9479);
		if (cases[i].family == AF_INET6)
			assert_true(IN6_IS_ADDR_LOOPBACK(&six->sin6_addr));
		free(errors);
		config_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_its_default),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(only_a_private_network_may_be_without_tls),
		cmocka_unit_test(metrics_are_for_the_loopback),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
