// link: device/stream.o device/transport.o
/* When an attempt is made, and what a change of the network does; the stream below is played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "device/bosh.h"
#include "device/host_meta_fetch.h"
#include "device/stream.h"

static uv_loop_t loop;
static struct stream *stream;
static const struct xmpp_events *below;
static unsigned attempts, offlines, stops;
static bool has_path;
static int port, adapter;               /* where the newest attempt connects to */
static char url[64];
static host_meta_fn *asked;
#define ADAPTER 4711

/* What stream.c calls. */

struct xmpp *xmpp_connect(uv_loop_t *l, const struct xmpp_options *options,
                          const struct xmpp_events *events, void *arg)
{
	(void)l;
	port = options->port;
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
                       const struct bosh_events *bosh_events, void *arg)
{
	(void)l;
	(void)bosh_events;
	(void)arg;
	snprintf(url, sizeof url, "%s", options->http.url);
	return (struct bosh *)(void *)&adapter;
}

int bosh_port(const struct bosh *b)
{
	(void)b;
	return ADAPTER;
}

int64_t bosh_idle_s(const struct bosh *b)
{
	(void)b;
	return 0;
}

bool bosh_has_path(const struct bosh *b)
{
	(void)b;
	return has_path;
}

void bosh_free(struct bosh *b)
{
	(void)b;
}

struct host_meta *host_meta_fetch(uv_loop_t *l, const struct host_meta_options *options,
                                  host_meta_fn *done, void *arg)
{
	(void)l;
	(void)options;
	(void)arg;
	asked = done;
	return (struct host_meta *)(void *)&adapter;
}

void host_meta_free(struct host_meta *h)
{
	(void)h;
}

void network_name(char name[static NETWORK_NAME])
{
	snprintf(name, NETWORK_NAME, "192.0.2.1%%eth0");
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

/* Over both. */

static const struct bosh_options over = { .http.url = "https://example.com/bosh", .domain = "b" };
static const struct bosh_options somewhere = { .domain = "b" };

static void auto_is_set(const struct bosh_options *bosh, int64_t return_ms)
{
	stream_over(stream, TRANSPORT_AUTO, bosh, return_ms, NULL);
}

static void run_until_attempts(unsigned n)
{
	while (attempts < n)
		uv_run(&loop, UV_RUN_ONCE);
}

static void test_bosh_follows_tcp_at_once(void **state)
{
	(void)state;
	auto_is_set(&over, 60000);
	assert_int_not_equal(port, ADAPTER);
	end(XMPP_END_TIMEOUT);
	turn();
	assert_int_equal(attempts, 2);
	assert_int_equal(port, ADAPTER);
	assert_string_equal(url, "https://example.com/bosh");
	assert_string_equal(stream_transport(stream), "bosh");
	end(XMPP_END_LOST);
	turn();
	assert_int_equal(attempts, 2);          /* both have failed: it waits */
}

static void test_a_refused_account_is_refused_everywhere(void **state)
{
	(void)state;
	auto_is_set(&over, 60000);
	end(XMPP_END_AUTH);
	turn();
	assert_int_equal(attempts, 1);
}

static void test_a_domain_is_asked_where_it_has_bosh(void **state)
{
	(void)state;
	auto_is_set(&somewhere, 60000);
	end(XMPP_END_TLS);
	turn();
	assert_int_equal(attempts, 1);
	assert_non_null(asked);
	asked(stream, "https://example.com/found", "");
	assert_int_equal(attempts, 2);
	assert_string_equal(url, "https://example.com/found");
}

static void test_a_domain_without_bosh_has_failed(void **state)
{
	(void)state;
	auto_is_set(&somewhere, 60000);
	end(XMPP_END_TLS);
	turn();
	asked(stream, NULL, "HTTP status 404");
	assert_int_equal(attempts, 1);
	run_until_attempts(2);                  /* after a while TCP again */
	assert_int_not_equal(port, ADAPTER);
}

static void be_online_over_bosh(int64_t return_ms)
{
	auto_is_set(&over, return_ms);
	end(XMPP_END_CONNECT);
	turn();
	below->online(stream, "a@b/c");
}

static void test_news_leave_an_attempt_what_it_is(void **state)
{
	(void)state;
	auto_is_set(&over, 60000);
	end(XMPP_END_CONNECT);
	turn();
	assert_false(stream_network(stream, false));
	assert_string_equal(stream_transport(stream), "bosh");
	below->online(stream, "a@b/c");
	assert_string_equal(stream_transport(stream), "bosh");
}

static void test_it_comes_back_to_tcp(void **state)
{
	(void)state;
	be_online_over_bosh(1);
	run_until_attempts(3);
	assert_int_not_equal(port, ADAPTER);
	assert_int_equal(offlines, 0);
	below->online(stream, "a@b/c");
	assert_int_equal(offlines, 1);
	assert_string_equal(stream_transport(stream), "tcp");
	end(XMPP_END_LOST);
	assert_int_equal(offlines, 2);
}

static void test_it_stays_over_bosh_where_tcp_fails(void **state)
{
	(void)state;
	be_online_over_bosh(1);
	run_until_attempts(3);
	end(XMPP_END_CONNECT);
	assert_int_equal(offlines, 0);
	assert_string_equal(stream_transport(stream), "bosh");
	run_until_attempts(4);                  /* twice as long after */
	assert_int_not_equal(port, ADAPTER);
}

static void test_its_own_log_in_over_tcp_ends_bosh_first(void **state)
{
	const struct xmpp_events *bosh;

	(void)state;
	auto_is_set(&over, 1);
	end(XMPP_END_CONNECT);
	turn();
	bosh = below;
	below->online(stream, "a@b/c");
	run_until_attempts(3);
	bosh->ended(stream, XMPP_END_CONFLICT, "stream error: conflict");
	assert_int_equal(offlines, 1);
	/* Meanwhile there is no stream whose way could be gone. */
	has_path = false;
	assert_false(stream_network(stream, false));
	below->online(stream, "a@b/c");
	assert_int_equal(offlines, 1);
	assert_string_equal(stream_transport(stream), "tcp");
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
		TEST(test_bosh_follows_tcp_at_once),
		TEST(test_a_refused_account_is_refused_everywhere),
		TEST(test_a_domain_is_asked_where_it_has_bosh),
		TEST(test_a_domain_without_bosh_has_failed),
		TEST(test_news_leave_an_attempt_what_it_is),
		TEST(test_it_comes_back_to_tcp),
		TEST(test_it_stays_over_bosh_where_tcp_fails),
		TEST(test_its_own_log_in_over_tcp_ends_bosh_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
