// link: device/stream.o
/* When an attempt is made, and what a change of the network does; the stream below is played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/bosh.h"
#include "device/stream.h"

static uv_loop_t loop;
static struct stream *stream;
static const struct xmpp_events *below;
static unsigned attempts, offlines, stops;
static bool has_path;

/* What stream.c calls. */

struct xmpp *xmpp_connect(uv_loop_t *l, const struct xmpp_options *options,
                          const struct xmpp_events *events, void *arg)
{
	(void)l;
	(void)options;
	below = events;
	attempts++;
	return arg;
}

void xmpp_send_text(struct xmpp *x, const char *text, size_t len)
{
	(void)x;
	(void)text;
	(void)len;
}

int64_t xmpp_idle_s(const struct xmpp *x)
{
	(void)x;
	return 0;
}

bool xmpp_has_path(const struct xmpp *x)
{
	(void)x;
	return has_path;
}

int xmpp_local_port(const struct xmpp *x)
{
	(void)x;
	return 0;
}

struct bosh *bosh_open(uv_loop_t *l, const struct bosh_options *options,
                       const struct bosh_events *events, void *arg)
{
	(void)l;
	(void)options;
	(void)events;
	(void)arg;
	return NULL;
}

int bosh_port(const struct bosh *b)
{
	(void)b;
	return 0;
}

int64_t bosh_idle_s(const struct bosh *b)
{
	(void)b;
	return 0;
}

void bosh_free(struct bosh *b)
{
	(void)b;
}

void xmpp_close(struct xmpp *x)
{
	below->ended(x, XMPP_END_CLOSED, "closed");
}

void xmpp_destroy(struct xmpp *x)
{
	(void)x;
}

/* What it tells. */

static void nothing(void *arg)
{
	(void)arg;
}

static void on_stanza(void *arg, const struct xml *stanza)
{
	(void)arg;
	(void)stanza;
}

static void on_offline(void *arg)
{
	(void)arg;
	offlines++;
}

static void on_stopped(void *arg)
{
	(void)arg;
	stops++;
}

static const struct stream_events events = { nothing, on_stanza, on_offline, on_stopped };

static int set_up(void **state)
{
	const struct xmpp_options options = { .jid = "a@b/c" };

	(void)state;
	attempts = offlines = stops = 0;
	has_path = true;
	if (uv_loop_init(&loop) != 0)
		return -1;
	stream = stream_new(&loop, &options, &events, NULL);
	stream_start(stream);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stream_stop(stream);
	stream_free(stream);
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

static void end(enum xmpp_end how)
{
	below->ended(stream, how, "over");
}

/* What is due now; the shortest wait is half a second. */
static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static void test_news_end_a_wait(void **state)
{
	(void)state;
	end(XMPP_END_CONNECT);
	turn();
	assert_int_equal(attempts, 1);
	assert_false(stream_network(stream, false));
	turn();
	assert_int_equal(attempts, 1);
	assert_false(stream_network(stream, true));
	turn();
	assert_int_equal(attempts, 2);
}

static void test_news_make_an_attempt_anew(void **state)
{
	(void)state;
	assert_false(stream_network(stream, false));
	turn();
	assert_int_equal(attempts, 1);
	assert_false(stream_network(stream, true));
	turn();
	assert_int_equal(attempts, 2);
	assert_int_equal(offlines, 0);
}

static void test_a_network_that_changes_all_the_time_is_no_news(void **state)
{
	unsigned most;

	(void)state;
	for (int i = 0; i < 20; i++) {
		stream_network(stream, true);
		turn();
	}
	most = attempts;
	assert_in_range(most, 2, 10);
	below->online(stream, "a@b/c");
	assert_false(stream_network(stream, true));
}

static void test_who_was_thrown_out_waits_on(void **state)
{
	(void)state;
	below->online(stream, "a@b/c");
	end(XMPP_END_CONFLICT);
	stream_network(stream, true);
	turn();
	assert_int_equal(attempts, 1);
	assert_int_equal(offlines, 1);
}

static void test_a_stream_without_a_way_is_made_anew(void **state)
{
	(void)state;
	below->online(stream, "a@b/c");
	assert_false(stream_network(stream, false));
	assert_true(stream_network(stream, true));
	turn();
	assert_int_equal(attempts, 1);
	has_path = false;
	assert_false(stream_network(stream, false));
	assert_int_equal(offlines, 1);
	turn();
	assert_int_equal(attempts, 2);
}

static void test_a_loss_just_behind_a_change_is_mended_at_once(void **state)
{
	(void)state;
	below->online(stream, "a@b/c");
	assert_true(stream_network(stream, true));
	stream_lost(stream, "nothing came");
	turn();
	assert_int_equal(attempts, 2);
}

static void test_other_losses_wait(void **state)
{
	(void)state;
	below->online(stream, "a@b/c");
	stream_lost(stream, "nothing came");
	turn();
	assert_int_equal(attempts, 1);
}

static void test_who_stops_is_not_disturbed(void **state)
{
	(void)state;
	stream_stop(stream);
	assert_int_equal(stops, 1);
	assert_false(stream_network(stream, true));
	turn();
	assert_int_equal(attempts, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_news_end_a_wait),
		TEST(test_news_make_an_attempt_anew),
		TEST(test_a_network_that_changes_all_the_time_is_no_news),
		TEST(test_who_was_thrown_out_waits_on),
		TEST(test_a_stream_without_a_way_is_made_anew),
		TEST(test_a_loss_just_behind_a_change_is_mended_at_once),
		TEST(test_other_losses_wait),
		TEST(test_who_stops_is_not_disturbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
