#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>

#include <cmocka.h>

#include "common/path.h"

static struct sockaddr_storage at(const char *address)
{
	struct sockaddr_storage all = { .ss_family = AF_INET };
	struct sockaddr_in *four = (void *)&all;
	struct sockaddr_in6 *six = (void *)&all;

	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_port = htons(5222);
		return all;
	}
	all.ss_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, address, &six->sin6_addr), 1);
	six->sin6_port = htons(5222);
	return all;
}

static void check(const char *local, const char *peer, bool there)
{
	struct sockaddr_storage from = at(local), to = at(peer);

	assert_int_equal(path_is_there(&from, &to), there);
}

static void test_an_address_that_we_have_not_leads_nowhere(void **state)
{
	(void)state;
	check("127.0.0.1", "127.0.0.2", true);
	check("192.0.2.201", "127.0.0.1", false);
	check("2001:db8::201", "2001:db8::1", false);
}

static void test_what_has_no_route_is_not_reached(void **state)
{
	(void)state;
	check("127.0.0.1", "192.0.2.1", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_that_we_have_not_leads_nowhere),
		cmocka_unit_test(test_what_has_no_route_is_not_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
