// link: device/link_watch.o device/netlink.o
/* The kernel's messages, typed by hand, through a socket of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "device/link_watch.h"
#include "device/netlink.h"

static struct netlink known;

static int set_up(void **state)
{
	(void)state;
	memset(&known, 0, sizeof known);
	return 0;
}

struct message {
	struct nlmsghdr header;
	union { struct ifinfomsg link; struct ifaddrmsg address; struct rtmsg route; } of;
	char attributes[64];
};

static struct message message(int type, size_t size)
{
	struct message m = { .header = { .nlmsg_type = (uint16_t)type,
	                                 .nlmsg_len = (uint32_t)NLMSG_LENGTH(size) } };

	return m;
}

static void put(struct message *m, unsigned short type, const void *data, unsigned short size)
{
	struct rtattr a = { .rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(size) };
	char *at = (char *)m + NLMSG_ALIGN(m->header.nlmsg_len);

	memcpy(at, &a, sizeof a);
	memcpy(at + RTA_LENGTH(0), data, size);
	m->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(m->header.nlmsg_len) + RTA_ALIGN(a.rta_len));
}

static struct message a_link(int type, int index, unsigned flags)
{
	struct message m = message(type, sizeof m.of.link);

	m.of.link.ifi_index = index;
	m.of.link.ifi_flags = flags;
	return m;
}

static struct message an_address(int type, const char *text, uint32_t flags)
{
	struct message m = message(type, sizeof m.of.address);
	unsigned char bytes[16];
	bool six = inet_pton(AF_INET6, text, bytes) == 1;

	if (!six)
		assert_int_equal(inet_pton(AF_INET, text, bytes), 1);
	m.of.address.ifa_family = six ? AF_INET6 : AF_INET;
	m.of.address.ifa_index = 2;
	put(&m, IFA_ADDRESS, bytes, six ? 16 : 4);
	put(&m, IFA_FLAGS, &flags, sizeof flags);
	return m;
}

static struct message a_route(int type, unsigned char table)
{
	struct message m = message(type, sizeof m.of.route);

	m.of.route.rtm_table = table;
	m.of.route.rtm_type = RTN_UNICAST;
	return m;
}

enum { NOTHING, CAME, WENT };

static void expect(struct message m, int wanted)
{
	struct netlink_change change = { false, false };

	netlink_take(&known, &m, m.header.nlmsg_len, &change);
	assert_int_equal(change.came, wanted == CAME);
	assert_int_equal(change.went, wanted == WENT);
}

static void test_a_link_counts_when_it_begins_or_ends_to_run(void **state)
{
	(void)state;
	expect(a_link(RTM_NEWLINK, 2, IFF_UP), WENT);
	expect(a_link(RTM_NEWLINK, 2, IFF_UP), NOTHING);
	expect(a_link(RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING), CAME);
	expect(a_link(RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING | IFF_PROMISC), NOTHING);
	expect(a_link(RTM_NEWLINK, 3, IFF_UP | IFF_RUNNING), CAME);
	expect(a_link(RTM_DELLINK, 3, IFF_UP | IFF_RUNNING), WENT);
	expect(a_link(RTM_NEWLINK, 1, IFF_UP | IFF_RUNNING | IFF_LOOPBACK), NOTHING);
}

static void test_an_address_counts_once_it_can_be_used(void **state)
{
	(void)state;
	expect(an_address(RTM_NEWADDR, "192.0.2.1", IFA_F_PERMANENT), CAME);
	expect(an_address(RTM_NEWADDR, "192.0.2.1", IFA_F_PERMANENT), NOTHING);
	expect(an_address(RTM_NEWADDR, "192.0.2.2", 0), CAME);
	expect(an_address(RTM_DELADDR, "192.0.2.1", IFA_F_PERMANENT), WENT);
	expect(an_address(RTM_NEWADDR, "192.0.2.1", IFA_F_PERMANENT), CAME);
	expect(an_address(RTM_NEWADDR, "2001:db8::1", IFA_F_TENTATIVE), NOTHING);
	expect(an_address(RTM_NEWADDR, "2001:db8::1", 0), CAME);
	expect(an_address(RTM_NEWADDR, "2001:db8::1", 0), NOTHING);
	expect(an_address(RTM_NEWADDR, "2001:db8::1", IFA_F_DADFAILED), WENT);
}

static void test_a_route_counts_in_the_main_table(void **state)
{
	struct message cloned = a_route(RTM_NEWROUTE, RT_TABLE_MAIN);

	(void)state;
	expect(a_route(RTM_NEWROUTE, RT_TABLE_MAIN), CAME);
	expect(a_route(RTM_DELROUTE, RT_TABLE_MAIN), WENT);
	expect(a_route(RTM_NEWROUTE, RT_TABLE_LOCAL), NOTHING);
	cloned.of.route.rtm_flags = RTM_F_CLONED;
	expect(cloned, NOTHING);
}

static void test_what_is_cut_is_passed_over(void **state)
{
	struct message m = an_address(RTM_NEWADDR, "192.0.2.1", 0);
	struct netlink_change change = { false, false };

	(void)state;
	for (uint32_t len = 0; len < NLMSG_LENGTH(sizeof m.of.address) + RTA_LENGTH(4); len++) {
		netlink_take(&known, &m, len, &change);
		m.header.nlmsg_len = len;
		netlink_take(&known, &m, len, &change);
		m.header.nlmsg_len = sizeof m;
	}
	assert_false(change.came || change.went);
}

static void test_what_is_known_is_bounded(void **state)
{
	(void)state;
	for (int i = 2; i < 2 + NETLINK_KNOWN + 1; i++)
		expect(a_link(RTM_NEWLINK, i, IFF_UP | IFF_RUNNING), CAME);
	expect(a_link(RTM_NEWLINK, 3, IFF_UP | IFF_RUNNING), NOTHING);
	expect(a_link(RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING), CAME);    /* forgotten */
}

/* The watch itself. */

static uv_loop_t loop;
static int ours;
static unsigned told, told_came;
static struct link_watch *watch;

static void on_changed(void *arg, bool came)
{
	(void)arg;
	told++;
	told_came += came;
}

static void start_watch(void)
{
	int pair[2];

	told = told_came = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	ours = pair[0];
	watch = link_watch_on(&loop, pair[1], on_changed, NULL);
}

static void stop_watch(void)
{
	link_watch_free(watch);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	close(ours);
}

static void send_to_watch(struct message m)
{
	assert_int_equal(send(ours, &m, m.header.nlmsg_len, 0), m.header.nlmsg_len);
}

static void run_until(unsigned times)
{
	while (told < times)
		uv_run(&loop, UV_RUN_ONCE);
}

static void test_a_burst_is_told_once(void **state)
{
	(void)state;
	start_watch();
	send_to_watch(a_link(RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING));
	send_to_watch(an_address(RTM_NEWADDR, "192.0.2.1", 0));
	send_to_watch(a_route(RTM_NEWROUTE, RT_TABLE_MAIN));
	run_until(1);
	assert_int_equal(told_came, 1);
	send_to_watch(a_route(RTM_DELROUTE, RT_TABLE_MAIN));
	run_until(2);
	assert_int_equal(told_came, 1);
	stop_watch();
	assert_int_equal(told, 2);
}

static void on_end(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, NULL);
	uv_stop(t->loop);
}

static void test_what_is_no_change_is_not_told(void **state)
{
	uv_timer_t end;

	(void)state;
	start_watch();
	send_to_watch(a_route(RTM_NEWROUTE, RT_TABLE_LOCAL));
	uv_timer_init(&loop, &end);
	uv_timer_start(&end, on_end, 500, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(told, 0);
	stop_watch();
}

static void test_the_kernel_lets_us_listen(void **state)
{
	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	watch = link_watch_new(&loop, on_changed, NULL);
	assert_non_null(watch);
	link_watch_free(watch);
	link_watch_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_link_counts_when_it_begins_or_ends_to_run, set_up),
		cmocka_unit_test_setup(test_an_address_counts_once_it_can_be_used, set_up),
		cmocka_unit_test_setup(test_a_route_counts_in_the_main_table, set_up),
		cmocka_unit_test_setup(test_what_is_cut_is_passed_over, set_up),
		cmocka_unit_test_setup(test_what_is_known_is_bounded, set_up),
		cmocka_unit_test(test_a_burst_is_told_once),
		cmocka_unit_test(test_what_is_no_change_is_not_told),
		cmocka_unit_test(test_the_kernel_lets_us_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
