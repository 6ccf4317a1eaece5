/* An HTTP server for device/bosh.c on loopback, and a client of the adapter, both in its
 * loop. */
#ifndef TEST_BOSH_FIXTURE_H
#define TEST_BOSH_FIXTURE_H

#include <stdbool.h>
#include <uv.h>

#include "device/bosh.h"

extern uv_loop_t bosh_loop;
extern struct bosh *bosh_tested;
/* What the adapter told. */
extern unsigned bosh_endings;
extern char bosh_end_text[300];
extern bool bosh_admitting, bosh_free_at_end;

/* Requests that have come, and the newest one's body. */
extern unsigned http_requests;
extern char http_body[8192];

/* Answers to the next requests in turn, NULL-terminated: a body for a good answer, "" holds the
 * request until http_say(), what begins with '!' is said as it is (without that) and the
 * connection closed. With no answer left the request is held. url NULL: the double's. */
void bosh_fixture_start(const char *const *answers, const char *url);
/* Runs until nothing is left in the loop. */
void bosh_fixture_stop(void);

/* Answers the oldest request that is held. */
void http_say(const char *body);

/* Connects to the adapter, and says something to it; what it has said so far. */
void client_connect(void);
void client_say(const char *text);
const char *client_heard(void);
bool client_is_closed(void);
void client_close(void);

/* Runs the loop until the condition holds; fails after 10 s. */
#define RUN_UNTIL(condition) \
	do { \
		uint64_t until = uv_hrtime() + UINT64_C(10000000000); \
		while (!(condition)) { \
			if (uv_hrtime() > until) \
				fail_msg("%s: not within 10 s", #condition); \
			bosh_fixture_turn(); \
		} \
	} while (0)
void bosh_fixture_turn(void);

#endif
