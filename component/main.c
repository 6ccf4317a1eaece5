/* platend: link -> dispatch -> handle_* -> life (the request table) -> journal
 * -> route -> link. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/ask.h"
#include "component/component.h"
#include "component/dispatch.h"
#include "component/journal.h"
#include "component/outbox.h"
#include "component/ping.h"
#include "component/presence.h"
#include "component/queries.h"
#include "component/route.h"
#include "component/stanza.h"
#include "component/tell.h"

#define LOG_MODULE "platend"

#define DEFAULT_CONFIG "/etc/platen/platend.conf"

/* The process: the component, and what runs it. */
struct daemon {
	struct component c;
	uv_loop_t loop;
	uv_prepare_t before_poll;
	uv_timer_t next_deadline, watchdog;
	uv_signal_t on_term, on_int, on_hup;
	int exit_status;
};

/* What connects the modules. */

static uint64_t append_request(void *arg, const char *const *row)
{
	return journal_append(arg, row);
}

static void request_ended(void *arg, struct request *r, uint64_t ticket)
{
	struct component *c = arg;

	log_info("ended id=%s device=%s command=%s status=%s cause=%s", r->id,
	         r->columns[REQ_DEVICE], r->columns[REQ_COMMAND], request_status_name(r->status),
	         r->columns[REQ_CAUSE]);
	if (r->columns[REQ_TOKEN] != NULL)
		token_ended(&c->tokens, r->columns[REQ_OPERATOR], r->columns[REQ_TOKEN],
		            request_status_name(r->status));
	tell_ended(c, r, ticket);
	route_remove(c, r);
}

static void rows_synced(void *arg, uint64_t ticket)
{
	struct component *c = arg;

	outbox_release(c->outbox, ticket);
	route_release(c, ticket);
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
	struct device *d;

	sd_notify(0, "READY=1\nSTATUS=connected");
	for (d = c->devices.by_jid; d != NULL; d = d->hh.next)
		route_kick(c, d);
	ask_all(c);
	ping_start(c);
}

static void link_offline(void *arg)
{
	struct component *c = arg;
	struct device *d;

	sd_notify(0, "STATUS=the XMPP server is away");
	ping_stop(c);
	/* What devices answer meanwhile is lost: what was under way goes again. */
	for (d = c->devices.by_jid; d != NULL; d = d->hh.next)
		route_lost(c, d, "component-away");
}

static void link_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	dispatch(arg, stanza, cut);
}

static void link_drained(void *arg)
{
	route_drained(arg);
}

static void link_fatal(void *arg)
{
	struct component *c = arg;
	struct daemon *p = c->loop->data;

	p->exit_status = EXIT_FAILURE;
	uv_stop(c->loop);
}

/* Start: the tables as they are on disk. */

static bool load_device_row(void *arg, const char *const *row, uint64_t offset)
{
	struct component *c = arg;

	(void)offset;
	device_apply(&c->devices, row);
	return true;
}

static void load_token(struct component *c, const struct request *r)
{
	struct token_content content = {
		.operator_ = r->columns[REQ_OPERATOR], .token = r->columns[REQ_TOKEN],
		.device = r->columns[REQ_DEVICE], .command = r->columns[REQ_COMMAND],
		.arguments = r->columns[REQ_ARGUMENTS], .timeout_s = r->timeout_s,
		.max_attempts = r->max_attempts, .expires_s = (r->expires - r->created) / 1000,
	};

	if (content.token == NULL || content.operator_ == NULL)
		return;
	token_add(&c->tokens, &content, r->id, r->created, clock_wall_ms());
	if (!request_is_open(r))
		token_ended(&c->tokens, content.operator_, content.token,
		            request_status_name(r->status));
}

static bool load_request_row(void *arg, const char *const *row, uint64_t offset)
{
	struct component *c = arg;
	struct request *r;

	(void)offset;
	if (!uuid7_time(row[REQ_ID], NULL))
		return true;
	/* Only its first row makes one: of what has finally ended nothing is kept. */
	if (row[REQ_DEVICE] == NULL && request_find(&c->requests, row[REQ_ID]) == NULL)
		return true;
	r = request_apply(&c->requests, row);
	uuid7_seen(r->id);
	if (request_is_final(r)) {
		load_token(c, r);
		request_forget(&c->requests, r);
	}
	return true;
}

static int by_id(struct request *a, struct request *b)
{
	return strcmp(a->id, b->id);
}

/* A row whose device is not in the table: the devices' file was lost. */
static void make_device(struct component *c, const struct request *r)
{
	struct record rec;

	if (device_find(&c->devices, r->columns[REQ_DEVICE]) != NULL)
		return;
	device_record(&rec, r->columns[REQ_DEVICE], clock_wall_ms());
	record_text(&rec, DEV_UNIT, r->columns[REQ_UNIT]);
	presence_commit(c, &rec);
}

/* What is open goes on, what ended provisionally waits for the truth. */
static void resume_requests(struct component *c)
{
	struct request *r, *next;
	unsigned n_open = 0;

	HASH_SORT(c->requests.by_id, by_id);
	HASH_ITER(hh, c->requests.by_id, r, next) {
		load_token(c, r);
		if (request_is_open(r)) {
			n_open++;
			make_device(c, r);
			life_resume(&c->life, r);
			route_add(c, r);
		} else {
			route_keep(c, r);
		}
	}
	if (n_open > 0)
		log_info("open requests from before: %u", n_open);
}

static int open_tables(struct component *c)
{
	static const struct store_events events = { .synced = rows_synced, .room = room_changed };
	const char *dir = c->config.data_directory;

	c->store = store_open(c->loop, dir, (uint64_t)c->config.reserve, &events, c);
	if (c->store == NULL) {
		log_error("%s: %s", dir, errno == EWOULDBLOCK ? "another platend uses it" : strerror(errno));
		return -1;
	}
	c->device_file = store_file(c->store, "devices/devices", &device_schema);
	if (c->device_file == NULL || store_load(c->device_file, load_device_row, c) != 0) {
		log_error("%s/devices: %s", dir, strerror(errno));
		return -1;
	}
	if (journal_load(c, load_request_row, c) != 0)
		return -1;
	log_info("devices=%zu directory=%s", c->devices.n, dir);
	return 0;
}

/* The loop. */

static void on_before_poll(uv_prepare_t *h)
{
	struct daemon *p = h->data;
	int64_t next = deadlines_next(&p->c.deadlines), now = clock_mono_ms();

	if (next < 0)
		uv_timer_stop(&p->next_deadline);
	else if (!uv_is_active((uv_handle_t *)&p->next_deadline) ||
	         uv_timer_get_due_in(&p->next_deadline) != (uint64_t)(next > now ? next - now : 0)) {
		uv_update_time(&p->loop);
		/* Its callback is below; only the time differs. */
		uv_timer_start(&p->next_deadline, p->next_deadline.timer_cb,
		               (uint64_t)(next > now ? next - now : 0), 0);
	}
}

static void on_deadline(uv_timer_t *t)
{
	struct daemon *p = t->data;

	deadlines_run(&p->c.deadlines, clock_mono_ms());
}

static void on_watchdog(uv_timer_t *t)
{
	(void)t;
	sd_notify(0, "WATCHDOG=1");
}

static void on_stop_signal(uv_signal_t *s, int number)
{
	log_info("signal %d: ending", number);
	uv_stop(s->loop);
}

static void on_reload(uv_signal_t *s, int number)
{
	struct daemon *p = s->data;
	struct units *units = units_read(p->c.config.units_file, stderr);

	(void)number;
	if (units == NULL) {
		log_error("%s has mistakes: what was read before stays in force", p->c.config.units_file);
		return;
	}
	units_free(p->c.units);
	p->c.units = units;
	presence_new_units(&p->c);
	log_info("%s was read again", p->c.config.units_file);
}

static void start_loop(struct daemon *p)
{
	uint64_t watchdog_us;

	uv_prepare_init(&p->loop, &p->before_poll);
	uv_timer_init(&p->loop, &p->next_deadline);
	uv_timer_init(&p->loop, &p->watchdog);
	uv_signal_init(&p->loop, &p->on_term);
	uv_signal_init(&p->loop, &p->on_int);
	uv_signal_init(&p->loop, &p->on_hup);
	p->before_poll.data = p->next_deadline.data = p->on_hup.data = p;
	uv_timer_start(&p->next_deadline, on_deadline, 0, 0);
	uv_prepare_start(&p->before_poll, on_before_poll);
	uv_signal_start(&p->on_term, on_stop_signal, SIGTERM);
	uv_signal_start(&p->on_int, on_stop_signal, SIGINT);
	uv_signal_start(&p->on_hup, on_reload, SIGHUP);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&p->watchdog, on_watchdog, 0, watchdog_us / 2000);
}

static int start(struct daemon *p)
{
	static const struct link_events events = {
		.online = link_online, .offline = link_offline, .stanza = link_stanza,
		.drained = link_drained, .fatal = link_fatal,
	};
	struct component *c = &p->c;

	c->loop = &p->loop;
	p->loop.data = p;
	c->started = clock_mono_ms();
	c->unsynced_tail = &c->unsynced;
	c->life = (struct life){ &c->requests, append_request, request_ended, c };
	stanza_set_from(c->config.domain);
	start_loop(p);
	if (open_tables(c) != 0)
		return -1;
	uuid7_next(clock_wall_ms(), c->instance);
	c->outbox = outbox_new(c);
	c->ask = ask_new(c);
	queries_new(c);
	c->link = link_new(c->loop, &(struct link_options){ c->config.host, (int)c->config.port,
	                                                    c->config.domain, c->config.secret },
	                   &events, c);
	resume_requests(c);
	return 0;
}

static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void stop(struct daemon *p)
{
	struct component *c = &p->c;
	uv_handle_t *own[] = { (uv_handle_t *)&p->before_poll, (uv_handle_t *)&p->next_deadline,
	                       (uv_handle_t *)&p->watchdog, (uv_handle_t *)&p->on_term,
	                       (uv_handle_t *)&p->on_int, (uv_handle_t *)&p->on_hup };

	sd_notify(0, "STOPPING=1");
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		close_handle(own[i], NULL);
	c->stopping = true;
	if (store_close(c->store) != 0) {
		log_error("not all rows could be brought to disk");
		p->exit_status = EXIT_FAILURE;
	} else if (c->outbox != NULL) {
		outbox_release(c->outbox, UINT64_MAX);
	}
	link_free(c->link);
	/* The stream's last bytes leave, queries that still run end. */
	uv_run(&p->loop, UV_RUN_DEFAULT);
	queries_free(c);
	ask_free(c);
	outbox_free(c->outbox);
	requests_free(&c->requests);
	tokens_free(&c->tokens);
	devices_free(&c->devices);
	deadlines_free(&c->deadlines);
	if (uv_loop_close(&p->loop) != 0)
		log_debug("a handle was left open");
}

static int run(struct daemon *p)
{
	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&p->loop);
	if (start(p) == 0)
		uv_run(&p->loop, UV_RUN_DEFAULT);
	else
		p->exit_status = EXIT_FAILURE;
	stop(p);
	log_info("stopped dropped_outcomes=%llu", (unsigned long long)p->c.dropped_outcomes);
	return p->exit_status;
}

/* The command line. */

static const char usage[] =
	"usage: platend [-dhptv] [-c FILE]\n"
	"  -c FILE  configuration, instead of " DEFAULT_CONFIG "\n"
	"  -d       log at level debug\n"
	"  -h       this help\n"
	"  -p       print the effective configuration and exit\n"
	"  -t       check configuration and units and exit\n"
	"  -v       print the version and exit\n";

enum action { RUN, CHECK, PRINT };

static int act(struct daemon *p, enum action action, const char *path, bool debug)
{
	struct component *c = &p->c;
	int rc = EXIT_FAILURE;

	if (config_read(&c->config, path, stderr) == 0)
		c->units = units_read(c->config.units_file, stderr);
	if (c->units == NULL)
		goto out;
	log_set_level(debug ? LOG_LEVEL_DEBUG : (enum log_level)c->config.log_level);
	if (action == RUN)
		rc = run(p);
	else
		rc = EXIT_SUCCESS;
	if (action == PRINT)
		config_print(&c->config, stdout);
out:
	units_free(c->units);
	config_free(&c->config);
	return rc;
}

int main(int argc, char **argv)
{
	static struct daemon p;
	const char *path = DEFAULT_CONFIG;
	enum action action = RUN;
	bool debug = false;
	int opt;

	while ((opt = getopt(argc, argv, "c:dhptv")) != -1) {
		switch (opt) {
		case 'c': path = optarg; break;
		case 'd': debug = true; break;
		case 'h': fputs(usage, stdout); return EXIT_SUCCESS;
		case 'p': action = PRINT; break;
		case 't': action = CHECK; break;
		case 'v': puts("platend " PLATEN_VERSION); return EXIT_SUCCESS;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	return act(&p, action, path, debug);
}
