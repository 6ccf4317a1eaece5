// link: component/ping.o component/deadline.o component/stanza.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "component/outbox.h"
#include "component/ping.h"

/* The link and the outbox are doubles. */
static struct component c;
static int64_t now, heard;
static unsigned pings, losses;

bool link_is_online(const struct link *l)
{
	(void)l;
	return true;
}

int64_t link_heard(const struct link *l)
{
	(void)l;
	return heard;
}

void link_reconnect(struct link *l, const char *why)
{
	(void)l, (void)why;
	losses++;
}

void outbox_send(struct outbox *o, uint64_t ticket, struct xml_writer *w)
{
	(void)o, (void)ticket;
	xml_writer_free(w);
	pings++;
}

static void run_until(int64_t when)
{
	int64_t next;

	while ((next = deadlines_next(&c.deadlines)) >= 0 && next <= when) {
		now = next;
		clock_set(now, now);
		deadlines_run(&c.deadlines, now);
	}
	now = when;
	clock_set(now, now);
}

static int set_up(void **state)
{
	(void)state;
	memset(&c, 0, sizeof c);
	c.config.domain = (char *)(uintptr_t)"devices.example.com";
	c.config.ping_interval_ms = 60000;
	pings = losses = 0;
	now = heard = 1000;
	clock_set(now, now);
	ping_start(&c);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	deadlines_free(&c.deadlines);
	clock_set(-1, -1);
	return 0;
}

static void an_answer_within_the_millisecond_counts(void **state)
{
	(void)state;
	run_until(61000);
	assert_int_equal(pings, 1);
	heard = 61000;
	run_until(81000);
	assert_int_equal(losses, 0);
	run_until(121000);
	assert_int_equal(pings, 2);
}

static void silence_is_a_loss(void **state)
{
	(void)state;
	run_until(61000);
	assert_int_equal(pings, 1);
	run_until(80999);
	assert_int_equal(losses, 0);
	run_until(81000);
	assert_int_equal(losses, 1);
}

static void what_others_send_counts_too(void **state)
{
	(void)state;
	run_until(50000);
	heard = 50000;
	run_until(109999);
	assert_int_equal(pings, 0);
	run_until(115000);
	heard = 115000;
	run_until(170000);
	assert_int_equal(pings, 1);
	assert_int_equal(losses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_within_the_millisecond_counts, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(silence_is_a_loss, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_others_send_counts_too, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
