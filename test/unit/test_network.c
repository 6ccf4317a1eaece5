// link: device/network.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device/network.h"

#define HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define NONE "00000000000000000000000000000000"

static void check(const char *route, const char *ipv6_route, const char *expected)
{
	char name[NETWORK_NAME];

	network_name_of(route, ipv6_route, name);
	assert_string_equal(name, expected);
}

static void test_the_default_router_names_it(void **state)
{
	(void)state;
	check(HEAD "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
	      "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", "", "192.0.2.1%eth0");
}

static void test_of_several_the_one_with_the_lowest_metric(void **state)
{
	(void)state;
	check(HEAD "wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
	      "eth1\t00000000\t016433C6\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", "",
	      "198.51.100.1%eth1");
}

static void test_ipv6_where_there_is_nothing_else(void **state)
{
	(void)state;
	check(HEAD "", "fe800000000000000000000000000000 40 " NONE " 00 " NONE
	      " 00000100 00000001 00000000 00000001     eth0\n"
	      NONE " 00 " NONE " 00 fe800000000000000000000000000001"
	      " 00000400 00000003 00000000 00000003     eth0\n", "fe80::1%eth0");
}

static void test_no_default_route(void **state)
{
	(void)state;
	check("", "", "-");
	check(HEAD "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
	      NONE " 00 " NONE " 00 " NONE " ffffffff 00000001 00000000 00200200       lo\n", "-");
	check("nonsense\n\n\t\t\n", "00\n" NONE "\n" NONE " 00 " NONE " 00 zz\n", "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_default_router_names_it),
		cmocka_unit_test(test_of_several_the_one_with_the_lowest_metric),
		cmocka_unit_test(test_ipv6_where_there_is_nothing_else),
		cmocka_unit_test(test_no_default_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
