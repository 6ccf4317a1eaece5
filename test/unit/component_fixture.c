// link: component/arguments.o component/arrow.o component/ask.o component/audit.o
// link: component/audit_query.o component/campaign.o component/campaign_query.o
// link: component/campaign_read.o component/campaign_recover.o component/campaign_run.o
// link: component/campaign_select.o component/campaign_table.o component/campaign_token.o
// link: component/campaign_units.o component/campaign_view.o component/catalogue.o
// link: component/columns.o
// link: component/command.o component/component.o component/day.o component/days.o
// link: component/deadline.o component/decommission.o component/device.o
// link: component/dispatch.o component/execute.o component/handle_administer.o
// link: component/handle_audit.o component/handle_campaign.o component/handle_campaigns.o
// link: component/handle_cancel.o component/handle_commands.o component/handle_devices.o
// link: component/handle_keepalive.o component/handle_outcome.o
// link: component/handle_presence.o component/handle_query.o component/handle_service.o
// link: component/handle_stats.o component/handle_submit.o component/handle_unassigned.o
// link: component/handle_watch.o component/harvest.o component/index.o
// link: component/journal.o component/life.o component/listing.o component/load.o
// link: component/metrics.o component/metrics_accept.o component/metrics_body.o
// link: component/metrics_daemon.o component/metrics_device.o component/metrics_text.o
// link: component/names.o component/outbox.o component/outcome.o component/page.o
// link: component/optional.o component/ping.o component/presence.o component/queries.o component/query.o
// link: component/quota.o component/record.o component/reload.o component/rename.o
// link: component/request.o component/resolve.o component/rights.o component/rollout.o
// link: component/route.o component/seal.o component/serial.o component/stanza.o
// link: component/stats.o component/stats_query.o component/survey.o component/tally.o
// link: component/tell.o component/texts.o component/token.o component/unassigned.o
// link: component/unit_count.o component/units.o component/view.o component/warning.o
// link: component/watch.o
#include "test/unit/component_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/file.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/reload.h"

#define HEADER "<stream:stream xmlns='jabber:component:accept' " \
               "xmlns:stream='http://etherx.jabber.org/streams' id='1'>"

const char fixture_units_text[] =
	"[unit acme]\n"
	"devices = mfp-*@example.com\n"
	"operator alice@example.com = view request configure emergency admin\n"
	"operator bob@example.com = view\n"
	"[unit bolt]\n"
	"devices = bolt-*@example.com\n"
	"operator carol@example.com = view request configure admin\n";

struct component fixture;
void (*fixture_between)(const char *dir);
int64_t fixture_reserve, fixture_began;
const char *fixture_directory;
void (*fixture_on_send)(const char *text, size_t len);
static uv_loop_t loop;
static char *dir;
static int64_t mono, wall;
static struct xml_writer sent;       /* only its buffer is used */
static char operation[64], ask[32];

/* What link.h promises, without a socket. */

struct link {
	const struct link_events *events;
	void *arg;
	bool online;
	size_t backlog;
	struct xml_stream *parser;
};

struct link *link_new(uv_loop_t *l, const struct link_options *options,
                      const struct link_events *events, void *arg)
{
	struct link *link = mem_zero(1, sizeof *link);

	(void)l, (void)options;
	link->events = events;
	link->arg = arg;
	return link;
}

bool link_is_online(const struct link *l)
{
	return l->online;
}

static void note_id(char *to, size_t size, const char *text)
{
	const char *id = strstr(text, " id='");
	size_t n = id == NULL ? 0 : strcspn(id + 5, "'");

	if (n > 0 && n < size) {
		memcpy(to, id + 5, n);
		to[n] = '\0';
	}
}

void link_send(struct link *l, const char *stanza, size_t len)
{
	char *text;

	if (!l->online)
		return;
	text = mem_strndup(stanza, len);
	if (fixture_on_send != NULL)
		fixture_on_send(text, len);
	if (strstr(text, "<operation ") != NULL)
		note_id(operation, sizeof operation, text);
	if (strstr(text, " type='get'") != NULL && strstr(text, "<device ") != NULL)
		note_id(ask, sizeof ask, text);
	sent.buf = mem_realloc(sent.buf, sent.len + len + 1);
	memcpy(sent.buf + sent.len, text, len);
	sent.len += len;
	sent.buf[sent.len] = '\0';
	free(text);
}

size_t link_backlog(const struct link *l)
{
	return l->backlog;
}

int64_t link_heard(const struct link *l)
{
	(void)l;
	return mono;
}

void link_reconnect(struct link *l, const char *why)
{
	(void)l, (void)why;
	fixture_online(false);
}

void link_free(struct link *l)
{
	if (l == NULL)
		return;
	xml_stream_free(l->parser);
	free(l);
}

/* Its events. */

void fixture_online(bool is_online)
{
	struct link *l = fixture.link;

	if (l->online == is_online)
		return;
	l->online = is_online;
	(is_online ? l->events->online : l->events->offline)(l->arg);
}

void fixture_backlog(size_t bytes)
{
	struct link *l = fixture.link;
	bool drained = l->backlog >= LINK_BACKLOG_LOW && bytes < LINK_BACKLOG_LOW;

	l->backlog = bytes;
	if (drained)
		l->events->drained(l->arg);
}

static void on_open(void *arg, const struct xml *root)
{
	(void)arg, (void)root;
}

bool fixture_is_ours(const char *jid)
{
	const char *domain = fixture.config.domain, *of;
	size_t n;

	of = jid_domain(jid, &n);
	return n == strlen(domain) && strncasecmp(of, domain, n) == 0;
}

/* The link passes on no stanza for another domain. */
static void on_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	const char *to = xml_get(stanza, "to");
	struct link *l = arg;

	if (to == NULL || fixture_is_ours(to))
		l->events->stanza(l->arg, stanza, cut);
}

static void on_close(void *arg)
{
	struct link *l = arg;

	xml_stream_stop(l->parser);
}

static const struct xml_stream_events events = { on_open, on_stanza, on_close };

void fixture_receive(const char *stanzas, size_t len)
{
	struct link *l = fixture.link;
	const char *why;

	if (l->parser == NULL) {
		l->parser = xml_stream_new(&xml_limits_stanza, &events, l);
		xml_stream_feed(l->parser, HEADER, strlen(HEADER), &why);
	}
	if (!xml_stream_feed(l->parser, stanzas, len, &why)) {
		xml_stream_free(l->parser);
		l->parser = NULL;
	}
}

void fixture_settle(void)
{
	do
		uv_run(&loop, loop.active_reqs.count > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	while (loop.active_reqs.count > 0);
}

void fixture_say(const char *stanzas)
{
	fixture_receive(stanzas, strlen(stanzas));
	fixture_settle();
}

void fixture_pass(int64_t ms)
{
	mono += ms;
	wall += ms;
	clock_set(mono, wall);
	deadlines_run(&fixture.deadlines, mono);
	fixture_settle();
}

void fixture_step(int64_t ms)
{
	wall += ms;
	clock_set(mono, wall);
}

/* What was sent. */

const char *fixture_sent(void)
{
	return sent.buf == NULL ? "" : sent.buf;
}

void fixture_forget(void)
{
	free(sent.buf);
	memset(&sent, 0, sizeof sent);
}

unsigned fixture_count(const char *text)
{
	unsigned n = 0;

	for (const char *s = fixture_sent(); (s = strstr(s, text)) != NULL; s += strlen(text))
		n++;
	return n;
}

const char *fixture_operation(void)
{
	return operation;
}

const char *fixture_ask(void)
{
	return ask;
}

void fixture_answer(const char *type, const char *from, const char *inner)
{
	char *text = mem_printf("<iq type='%s' %s id='%s'>%s</iq>", type, from, operation, inner);

	fixture_forget();
	fixture_say(text);
	free(text);
}

/* From start to stop. */

static void state_changed(bool is_online)
{
	(void)is_online;
}

static void open_component(void)
{
	char *path = mem_printf("%s/units.conf", dir);

	memset(&fixture, 0, sizeof fixture);
	fixture.config = (struct config){
		.domain = mem_strdup("devices.example.com"), .host = mem_strdup("127.0.0.1"),
		.port = 5347, .ping_interval_ms = 60000, .data_directory = mem_printf("%s/data", dir),
		.units_file = path, .window = 1, .open_device = 20, .open_operator = 30,
		.submits_device = 1000, .submits_operator = 1000, .keepalive_ms = 300000,
		.ask_rate = 50, .unassigned = 5, .hosts = conf_split("example.com"), .secret = mem_strdup("secret"), .reserve = fixture_reserve,
	};
	fixture.state_changed = state_changed;
	fixture.units = units_read(path, stderr);
	if (fixture.units == NULL || uv_loop_init(&loop) != 0 ||
	    component_start(&fixture, &loop) != 0)
		abort();
	fixture_settle();
}

static void close_component(void)
{
	struct config *c = &fixture.config;
	char *owned[] = { c->domain, c->host, c->data_directory, c->units_file, c->secret };

	if (component_stop(&fixture) != 0 || uv_loop_close(&loop) != 0)
		abort();
	units_free(fixture.units);
	conf_list_free(c->hosts);
	for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
		free(owned[i]);
}

/* In memory where that is possible: a fuzzer starts it a thousand times. */
static char *make_directory(void)
{
	char *made = mem_strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/platen.XXXXXX"
	                                                      : "/tmp/platen.XXXXXX");

	if (mkdtemp(made) == NULL)
		abort();
	return made;
}

void fixture_start(void)
{
	char *path;

	log_set_level(LOG_LEVEL_ERROR);
	mono = FIXTURE_MONO;
	wall = fixture_began != 0 ? fixture_began : FIXTURE_WALL;
	clock_set(mono, wall);
	operation[0] = ask[0] = '\0';
	dir = fixture_directory != NULL ? mem_strdup(fixture_directory) : make_directory();
	path = mem_printf("%s/units.conf", dir);
	if (file_replace(path, fixture_units_text, strlen(fixture_units_text), 0600) != 0)
		abort();
	free(path);
	open_component();
}

void fixture_units(const char *text)
{
	if (file_replace(fixture.config.units_file, text, strlen(text), 0600) != 0)
		abort();
	reload_units(&fixture);
}

void fixture_restart(void)
{
	close_component();
	fixture_forget();
	if (fixture_between != NULL)
		fixture_between(dir);
	fixture_between = NULL;
	open_component();
}

void fixture_stop(void)
{
	char *command = mem_printf("rm -rf %s", dir);

	close_component();
	fixture_forget();
	if (fixture_directory == NULL && system(command) != 0)
		abort();
	free(command);
	free(dir);
	clock_set(-1, -1);
}

int fixture_setup(void **state)
{
	(void)state;
	fixture_start();
	fixture_online(true);
	return 0;
}

int fixture_teardown(void **state)
{
	(void)state;
	fixture_stop();
	return 0;
}
