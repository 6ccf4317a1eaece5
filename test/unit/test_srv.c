#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/srv.h"

#define ROUNDS 10000

/* The same draws in each run (Knuth's MMIX). */
static uint64_t seed;

static double draw(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / 9007199254740992.0;
}

static double lowest(void)
{
	return 0;
}

static double highest(void)
{
	return 0.9999999999;
}

static struct srv_record record(const char *host, uint16_t priority, uint16_t weight)
{
	struct srv_record r = { .port = 5222, .priority = priority, .weight = weight };

	strcpy(r.host, host);
	return r;
}

/* "abc": the hosts in their order, a byte each. */
static void check_order(const struct srv_record *list, size_t n, const char *order)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].host[0], order[i]);
}

static void test_priority_goes_first_whatever_the_weight(void **state)
{
	(void)state;
	seed = 1;
	for (int i = 0; i < 1000; i++) {
		struct srv_record list[] = {
			record("d", 65535, 65535), record("b", 10, 1), record("c", 20, 60000),
			record("a", 0, 0),
		};

		srv_order(list, 4, draw);
		check_order(list, 4, "abcd");
	}
}

static void test_weights_are_shares(void **state)
{
	static const uint16_t weights[] = { 10, 30, 60 };
	unsigned first[3] = { 0 }, last[3] = { 0 };

	(void)state;
	seed = 2;
	for (int i = 0; i < ROUNDS; i++) {
		struct srv_record list[] = {
			record("a", 5, weights[0]), record("b", 5, weights[1]), record("c", 5, weights[2]),
		};

		srv_order(list, 3, draw);
		first[list[0].host[0] - 'a']++;
		last[list[2].host[0] - 'a']++;
	}
	/* 60 of a hundred; a thousandth more for the sum's upper end, and six deviations. */
	for (int i = 0; i < 3; i++)
		assert_in_range(first[i], weights[i] * ROUNDS / 100 - 300,
		                weights[i] * ROUNDS / 100 + 300);
	assert_true(last[0] > last[1] && last[1] > last[2] && last[2] > 0);
}

static void test_no_weight_is_seldom_but_not_never(void **state)
{
	unsigned first = 0;

	(void)state;
	seed = 3;
	for (int i = 0; i < ROUNDS; i++) {
		struct srv_record list[] = { record("a", 5, 99), record("b", 5, 0) };

		srv_order(list, 2, draw);
		first += list[0].host[0] == 'b';
	}
	assert_in_range(first, 50, 160);
}

static void test_draws_at_the_ends(void **state)
{
	struct srv_record low[] = { record("a", 1, 65535), record("b", 1, 65535), record("c", 1, 0) };
	struct srv_record high[] = { record("a", 1, 65535), record("b", 1, 65535), record("c", 1, 0) };
	struct srv_record none[] = { record("a", 1, 0), record("b", 1, 0) };

	(void)state;
	srv_order(low, 3, lowest);
	assert_int_equal(low[0].host[0], 'c');
	srv_order(high, 3, highest);
	assert_int_equal(high[2].host[0], 'c');
	srv_order(none, 2, highest);
	srv_order(none, 0, highest);
}

/* A message: one question, then answers that the test appends. */
struct message {
	unsigned char bytes[4096];
	size_t len;
};

static void put(struct message *m, const void *bytes, size_t n)
{
	memcpy(m->bytes + m->len, bytes, n);
	m->len += n;
}

static void put_name(struct message *m, const char *name)
{
	while (*name != '\0') {
		unsigned char len = (unsigned char)strcspn(name, ".");

		put(m, &len, 1);
		put(m, name, len);
		name += len + (name[len] == '.');
	}
	put(m, "", 1);
}

static void begin(struct message *m)
{
	m->len = 0;
	put(m, "\0\1\201\200\0\1\0\0\0\0\0\0", 12);
	put_name(m, "_xmpp-client._tcp.example.com");
	put(m, "\0\041\0\1", 4);
}

static void put_record(struct message *m, unsigned char port, const char *target)
{
	unsigned char data[] = { 0, 10, 0, 20, 20, port }, size[2] = { 0, 0 };
	size_t at;

	m->bytes[7]++;
	put(m, "\300\014\0\041\0\1\0\0\0\074", 10);
	at = m->len;
	put(m, size, 2);
	put(m, data, 6);
	put_name(m, target);
	m->bytes[at + 1] = (unsigned char)(m->len - at - 2);
}

static void test_an_answer_is_read(void **state)
{
	struct srv_answer a;
	struct message m;

	(void)state;
	begin(&m);
	put_record(&m, 0x66, "xmpp.example.com");
	assert_true(srv_read(&a, m.bytes, m.len, 7));
	assert_int_equal(a.n, 1);
	assert_string_equal(a.list[0].host, "xmpp.example.com");
	assert_int_equal(a.list[0].port, 5222);
	assert_int_equal(a.list[0].priority, 10);
	assert_int_equal(a.list[0].weight, 20);
	assert_int_equal(a.list[0].kind, 7);
	assert_false(a.none);
	for (size_t n = 0; n < m.len; n++)
		assert_false(srv_read(&a, m.bytes, n, 0));
}

static void test_a_dot_says_that_nothing_is_offered(void **state)
{
	struct srv_answer a;
	struct message m;

	(void)state;
	begin(&m);
	put_record(&m, 0, "");
	assert_true(srv_read(&a, m.bytes, m.len, 0));
	assert_int_equal(a.n, 0);
	assert_true(a.none);
}

static void test_what_names_no_host_is_counted(void **state)
{
	struct srv_answer a;
	struct message m;

	(void)state;
	begin(&m);
	put_record(&m, 1, "a b.example.com");
	put_record(&m, 1, "a\033[2J.example.com");
	put_record(&m, 1, "good.example.com");
	assert_true(srv_read(&a, m.bytes, m.len, 0));
	assert_int_equal(a.n, 1);
	assert_int_equal(a.bad, 2);
	assert_string_equal(a.list[0].host, "good.example.com");
}

static void test_records_are_bounded(void **state)
{
	struct srv_answer a;
	struct message m;

	(void)state;
	begin(&m);
	for (int i = 0; i < SRV_RECORDS + 5; i++)
		put_record(&m, 1, "many.example.com");
	assert_true(srv_read(&a, m.bytes, m.len, 0));
	assert_int_equal(a.n, SRV_RECORDS);
	assert_int_equal(a.more, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_priority_goes_first_whatever_the_weight),
		cmocka_unit_test(test_weights_are_shares),
		cmocka_unit_test(test_no_weight_is_seldom_but_not_never),
		cmocka_unit_test(test_draws_at_the_ends),
		cmocka_unit_test(test_an_answer_is_read),
		cmocka_unit_test(test_a_dot_says_that_nothing_is_offered),
		cmocka_unit_test(test_what_names_no_host_is_counted),
		cmocka_unit_test(test_records_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
