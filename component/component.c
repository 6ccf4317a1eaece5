#include "component/component.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "component/ask.h"
#include "component/audit.h"
#include "component/campaign_run.h"
#include "component/catalogue.h"
#include "component/dispatch.h"
#include "component/journal.h"
#include "component/load.h"
#include "component/metrics.h"
#include "component/outbox.h"
#include "component/ping.h"
#include "component/queries.h"
#include "component/route.h"
#include "component/seal.h"
#include "component/stanza.h"
#include "component/tell.h"
#include "component/unassigned.h"
#include "component/watch.h"

#define LOG_MODULE "component"

/* What connects the modules. */

static uint64_t append_request(void *arg, const char *const *row)
{
	watch_row(arg, row);
	return journal_append(arg, row);
}

static void append_request_lazy(void *arg, const char *const *row)
{
	watch_row(arg, row);
	journal_append_lazy(arg, row);
}

/* What went well is in the day files, and is most: a line of each would only hide the others. */
static void log_end(const struct request *r)
{
	const enum log_level level = r->status == RESPONDED ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;

	if (log_is(level))
		log_write(level, LOG_MODULE, "ended id=%s device=%s command=%s status=%s cause=%s", r->id,
		          r->columns[REQ_DEVICE], r->columns[REQ_COMMAND],
		          request_status_name(r->status), r->columns[REQ_CAUSE]);
}

static void request_ended(void *arg, struct request *r, uint64_t ticket)
{
	struct component *c = arg;

	stats_ended(&c->stats, r);
	log_end(r);
	if (r->columns[REQ_TOKEN] != NULL)
		token_ended(&c->tokens, r->columns[REQ_OPERATOR], r->columns[REQ_TOKEN],
		            r->id, request_status_name(r->status), ticket);
	/* Who has started a campaign is told of its end. */
	if (r->columns[REQ_CAMPAIGN] == NULL)
		tell_ended(c, r, ticket);
	else
		campaign_run_ended(c, r);
	route_remove(c, r);
}

static void rows_synced(void *arg, uint64_t ticket)
{
	struct component *c = arg;

	c->stats.groups_synced++;
	outbox_release(c->outbox, ticket);
	route_release(c, ticket);
}

static void group_ended(void *arg, uint64_t us, bool good)
{
	struct component *c = arg;

	stats_group(&c->stats, us, good);
}

static void room_changed(void *arg, bool has_room)
{
	(void)arg;
	if (has_room)
		log_info("the disk has room again: new requests are accepted");
	else
		log_warn("the disk has no room: new requests are refused, outcomes are kept");
}

static void link_online(void *arg)
{
	struct component *c = arg;

	c->stats.connects++;
	c->state_changed(true);
	for (size_t i = 0; i < c->devices.n; i++)
		route_kick(c, c->devices.all[i]);
	ask_all(c);
	ping_start(c);
}

static void link_offline(void *arg)
{
	struct component *c = arg;

	c->state_changed(false);
	ping_stop(c);
	/* What devices answer meanwhile is lost: what was under way goes again. */
	for (size_t i = 0; i < c->devices.n; i++)
		route_lost(c, c->devices.all[i], NULL, "component-away");
}

static void link_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	struct component *c = arg;

	c->stats.stanzas_received++;
	dispatch(c, stanza, cut);
}

static void link_drained(void *arg)
{
	route_drained(arg);
}

static void link_fatal(void *arg)
{
	struct component *c = arg;

	c->failed = true;
	uv_stop(c->loop);
}

/* Each turn of the loop asks for the earliest deadline. */

static void on_deadline(uv_timer_t *t)
{
	struct component *c = t->data;

	deadlines_run(&c->deadlines, clock_mono_ms());
}

static void on_before_poll(uv_prepare_t *h)
{
	struct component *c = h->data;
	int64_t next = deadlines_next(&c->deadlines), left = next - clock_mono_ms();

	if (next < 0) {
		uv_timer_stop(&c->next_deadline);
		return;
	}
	uv_update_time(c->loop);
	uv_timer_start(&c->next_deadline, on_deadline, left > 0 ? (uint64_t)left : 0, 0);
}

static int open_store(struct component *c)
{
	static const struct store_events events = { .synced = rows_synced, .room = room_changed,
	                                            .group = group_ended };
	const char *dir = c->config.data_directory;

	c->store = store_open(c->loop, dir, (uint64_t)c->config.reserve, &events, c);
	if (c->store != NULL)
		return 0;
	log_error("%s: %s", dir, errno == EWOULDBLOCK ? "another platend uses it" : strerror(errno));
	return -1;
}

static int start_metrics(struct component *c)
{
	if (c->config.metrics_listen == NULL)
		return 0;
	c->metrics = metrics_new(c);
	return c->metrics != NULL ? 0 : -1;
}

int component_start(struct component *c, uv_loop_t *loop)
{
	static const struct link_events events = {
		.online = link_online, .offline = link_offline, .stanza = link_stanza,
		.drained = link_drained, .fatal = link_fatal,
	};

	c->loop = loop;
	c->started = clock_mono_ms();
	c->stats.started = clock_wall_ms();
	c->unsynced_tail = &c->unsynced;
	c->life = (struct life){ &c->requests, append_request, append_request_lazy, request_ended, c };
	stanza_set_from(c->config.domain);
	uv_prepare_init(loop, &c->before_poll);
	uv_timer_init(loop, &c->next_deadline);
	c->before_poll.data = c->next_deadline.data = c;
	uv_prepare_start(&c->before_poll, on_before_poll);
	c->outbox = outbox_new(c);
	c->ask = ask_new(c);
	queries_new(c);
	if (open_store(c) != 0 || load_tables(c) != 0)
		return -1;
	if (start_metrics(c) != 0)
		return -1;
	/* Reading took its time: the link's deadlines begin now. */
	uv_update_time(loop);
	uuid7_next(clock_wall_ms(), c->instance);
	c->link = link_new(loop, &(struct link_options){ c->config.host, (int)c->config.port,
	                                                 c->config.domain, c->config.secret },
	                   &events, c);
	load_resume(c);
	c->seal = seal_new(c);
	return 0;
}

int component_stop(struct component *c)
{
	int rc = 0;

	c->stopping = true;
	queries_stop(c);
	metrics_free(c->metrics);
	uv_close((uv_handle_t *)&c->before_poll, NULL);
	uv_close((uv_handle_t *)&c->next_deadline, NULL);
	audit_close(c);
	if (store_close(c->store) != 0) {
		log_error("not all rows could be brought to disk");
		rc = -1;
	} else {
		outbox_release(c->outbox, UINT64_MAX);
	}
	link_free(c->link);
	/* The stream's last bytes leave, queries that still run end. */
	uv_run(c->loop, UV_RUN_DEFAULT);
	queries_free(c);
	watch_free(c);
	seal_free(c->seal);
	ask_free(c);
	outbox_free(c->outbox);
	stanza_forget();
	campaign_run_free(c);
	requests_free(&c->requests);
	tokens_free(&c->tokens);
	quotas_free(&c->quotas);
	for (size_t i = 0; i < c->devices.n; i++)
		catalogue_release(c, c->devices.all[i]);
	devices_free(&c->devices);
	unassigned_free(&c->unassigned);
	deadlines_free(&c->deadlines);
	log_info("stopped dropped_outcomes=%llu dropped_unassigned=%llu",
	         (unsigned long long)c->dropped_outcomes,
	         (unsigned long long)c->unassigned.dropped);
	return rc;
}
