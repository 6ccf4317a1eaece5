/* Races against listeners on the loopback: one that takes connections, a port where nobody
 * is, and one whose queue is full, so that it drops what comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/race.h"

#define QUEUE 4

struct listener { int fd, port, fillers[QUEUE]; };

static uv_loop_t loop;
static struct race *race;
static int winner;
static char why[80];
static unsigned verdicts;
static struct listener taking, full;
static int nobody;             /* a port */

static struct listener listen_at(int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct listener l = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	socklen_t len = sizeof at;

	assert_int_equal(bind(l.fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(l.fd, backlog), 0);
	assert_int_equal(getsockname(l.fd, (struct sockaddr *)&at, &len), 0);
	l.port = ntohs(at.sin_port);
	return l;
}

static void fill(struct listener *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                          .sin_port = htons((uint16_t)l->port) };

	for (int i = 0; i < QUEUE; i++) {
		l->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(l->fillers[i], (struct sockaddr *)&to, sizeof to);
	}
}

static int set_up(void **state)
{
	struct listener gone;

	(void)state;
	taking = listen_at(64);
	full = listen_at(0);
	fill(&full);
	gone = listen_at(1);
	nobody = gone.port;
	close(gone.fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < QUEUE; i++)
		close(full.fillers[i]);
	close(full.fd);
	close(taking.fd);
	return 0;
}

static void on_verdict(void *arg, int who, const char *text)
{
	(void)arg;
	winner = who;
	strcpy(why, text);
	verdicts++;
	race_free(race);
}

static struct finder_target target(int port, unsigned place)
{
	struct finder_target t = { .host = "localhost", .address = "127.0.0.1", .port = port,
	                           .place = place };

	return t;
}

/* How long it took, ms. */
static uint64_t run(const struct finder_target *list, size_t n)
{
	uint64_t began;

	verdicts = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	began = uv_now(&loop);
	race = race_start(&loop, list, n, on_verdict, NULL);
	assert_int_equal(verdicts, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(verdicts, 1);
	began = uv_now(&loop) - began;
	assert_int_equal(uv_loop_close(&loop), 0);
	return began;
}

static void test_the_first_of_those_that_are_there_wins(void **state)
{
	const struct finder_target list[] = { target(taking.port, 0), target(taking.port, 0) };

	(void)state;
	run(list, 2);
	assert_int_equal(winner, 0);
}

static void test_a_refusal_starts_the_next(void **state)
{
	const struct finder_target list[] = { target(nobody, 0), target(nobody, 1),
	                                      target(taking.port, 2), target(full.port, 3) };

	(void)state;
	run(list, 4);
	assert_int_equal(winner, 2);
}

static void test_silence_does_not_hold_back_the_next_address(void **state)
{
	const struct finder_target list[] = { target(full.port, 0), target(taking.port, 0) };

	(void)state;
	assert_true(run(list, 2) >= 240);
	assert_int_equal(winner, 1);
}

static void test_another_place_waits_longer(void **state)
{
	const struct finder_target list[] = { target(full.port, 0), target(taking.port, 1) };

	(void)state;
	assert_true(run(list, 2) >= 1990);
	assert_int_equal(winner, 1);
}

static void test_nobody_is_there(void **state)
{
	const struct finder_target list[] = { target(nobody, 0), target(nobody, 0),
	                                      { .address = "no address", .port = 1 } };

	(void)state;
	run(list, 2);
	assert_int_equal(winner, -1);
	assert_string_equal(why, uv_strerror(UV_ECONNREFUSED));
	run(list, 3);
	assert_int_equal(winner, -1);
	run(list, 0);
	assert_int_equal(winner, -1);
}

static void test_it_can_be_left_at_any_time(void **state)
{
	const struct finder_target list[] = { target(full.port, 0), target(taking.port, 0) };

	(void)state;
	verdicts = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	race_free(race_start(&loop, list, 2, on_verdict, NULL));
	race_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(verdicts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_of_those_that_are_there_wins),
		cmocka_unit_test(test_a_refusal_starts_the_next),
		cmocka_unit_test(test_silence_does_not_hold_back_the_next_address),
		cmocka_unit_test(test_another_place_waits_longer),
		cmocka_unit_test(test_nobody_is_there),
		cmocka_unit_test(test_it_can_be_left_at_any_time),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
