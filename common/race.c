#include "common/race.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define LOG_MODULE "race"
#include "common/log.h"

#define STEP_MS 250        /* RFC 8305 section 5 */
/* A lost SYN is repeated after a second: longer than that. */
#define PLACE_MS 2000

struct runner {
	struct race *race;
	const struct finder_target *target;
	uv_tcp_t tcp;
	uv_connect_t req;
};

struct race {
	uv_loop_t *loop;
	race_fn *done;
	void *arg;
	uv_timer_t timer;                  /* until the next one starts; a verdict */
	unsigned handles;
	size_t n, started, failed;
	int winner;
	bool decided, freed;
	const char *why;
	struct finder_target targets[FINDER_TARGETS];
	struct runner runners[FINDER_TARGETS];
};

static void on_closed(uv_handle_t *h)
{
	struct race *r = h->data;

	if (--r->handles == 0)
		free(r);
}

static void on_verdict(uv_timer_t *t)
{
	struct race *r = t->data;

	r->done(r->arg, r->winner, r->why);
}

static void decide(struct race *r, int winner)
{
	r->decided = true;
	r->winner = winner;
	uv_timer_start(&r->timer, on_verdict, 0, 0);
}

static void start_next(struct race *r);

static void on_timer(uv_timer_t *t)
{
	start_next(t->data);
}

static void fail(struct runner *runner, int status)
{
	struct race *r = runner->race;
	const struct finder_target *t = runner->target;

	r->failed++;
	r->why = uv_strerror(status);
	log_info("no connection host=%s address=%s port=%d: %s", t->host, t->address, t->port, r->why);
}

static void on_connect(uv_connect_t *req, int status)
{
	struct runner *runner = req->data;
	struct race *r = runner->race;

	if (r->freed || r->decided)
		return;
	if (status == 0) {
		decide(r, (int)(runner - r->runners));
		return;
	}
	fail(runner, status);
	start_next(r);
}

static int run(struct runner *runner)
{
	struct sockaddr_storage to;
	const struct finder_target *t = runner->target;
	int rc = uv_ip6_addr(t->address, t->port, (struct sockaddr_in6 *)&to);

	if (rc != 0)
		rc = uv_ip4_addr(t->address, t->port, (struct sockaddr_in *)&to);
	runner->req.data = runner;
	return rc != 0 ? rc : uv_tcp_connect(&runner->req, &runner->tcp, (struct sockaddr *)&to,
	                                     on_connect);
}

/* Starts the next that can, and says when the one behind it shall. */
static void start_next(struct race *r)
{
	int rc = -1;

	while (rc != 0 && r->started < r->n) {
		struct runner *runner = &r->runners[r->started];

		runner->race = r;
		runner->target = &r->targets[r->started++];
		uv_tcp_init(r->loop, &runner->tcp);
		runner->tcp.data = r;
		r->handles++;
		rc = run(runner);
		if (rc != 0)
			fail(runner, rc);
	}
	uv_timer_stop(&r->timer);
	if (r->failed == r->n)
		decide(r, -1);
	else if (r->started < r->n)
		uv_timer_start(&r->timer, on_timer, r->targets[r->started].place ==
		               r->targets[r->started - 1].place ? STEP_MS : PLACE_MS, 0);
}

struct race *race_start(uv_loop_t *loop, const struct finder_target *targets, size_t n,
                        race_fn *done, void *arg)
{
	struct race *r = mem_zero(1, sizeof *r);

	r->loop = loop;
	r->done = done;
	r->arg = arg;
	r->n = n < FINDER_TARGETS ? n : FINDER_TARGETS;
	r->why = "there is no address";
	memcpy(r->targets, targets, r->n * sizeof *targets);
	uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	r->handles = 1;
	start_next(r);
	return r;
}

void race_free(struct race *r)
{
	if (r == NULL || r->freed)
		return;
	r->freed = true;
	uv_close((uv_handle_t *)&r->timer, on_closed);
	for (size_t i = 0; i < r->started; i++)
		uv_close((uv_handle_t *)&r->runners[i].tcp, on_closed);
}
