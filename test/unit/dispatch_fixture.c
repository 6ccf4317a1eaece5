// link: device/dispatch.o device/about.o device/answer.o device/command.o
// link: device/execute.o device/journal.o device/journal_file.o device/journal_rows.o device/outcome.o
// link: device/askers.o device/command_list.o device/execution.o device/owed.o
// link: device/keepalive.o device/presence.o
#include "test/unit/dispatch_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "device/about.h"

/* The stream: what was sent since the last look, one stanza a line. */
char *sent;

void stream_send(struct stream *s, struct xml_writer *w)
{
	char *text = xml_take(w, NULL), *all;

	(void)s;
	all = mem_printf("%s%s\n", sent == NULL ? "" : sent, text);
	free(sent);
	sent = all;
	free(text);
}

int64_t stream_idle_s(const struct stream *s)
{
	(void)s;
	return 7;
}

const char *stream_transport(const struct stream *s)
{
	(void)s;
	return "tcp";
}

void stream_lost(struct stream *s, const char *why)
{
	(void)s;
	fail_msg("lost: %s", why);
}

/* The printer: reads wait here until the test ends them. */
struct dispatch_read reads[100];
size_t n_reads;

void source_read(struct source *s, enum mfp_part part, int64_t timeout_ms, source_fn *fn,
                 void *arg)
{
	(void)s;
	assert_int_equal(timeout_ms, 30000);
	assert_true(n_reads < sizeof reads / sizeof *reads);
	reads[n_reads].part = part;
	reads[n_reads].fn = fn;
	reads[n_reads++].arg = arg;
}

/* test_execute.c has what changes something. */
bool source_can(const struct source *s, enum source_action action, struct source_failure *f)
{
	(void)s;
	(void)action;
	*f = (struct source_failure){ "not-supported", mem_strdup("it cannot"), false };
	return false;
}

void source_act(struct source *s, enum source_action action, enum mfp_part part,
                int64_t timeout_ms, const struct source_asker *asker, void *arg)
{
	assert_int_equal(action, SOURCE_READ);
	if (asker->may(arg))
		source_read(s, part, timeout_ms, asker->done, arg);
}

bool source_let_go(struct source *s, const void *arg)
{
	(void)s;
	assert_true(n_reads > 0 && reads[n_reads - 1].arg == arg);
	n_reads--;
	return true;
}

void printer_counts(int64_t value)
{
	struct mfp m = { .parts = MFP_COUNTERS, .source = mem_strdup("snmp") };
	struct mfp_counter *c = mfp_add_counter(&m);

	assert_true(n_reads > 0);
	c->name = mem_strdup("marker-life-count");
	c->value = (struct mfp_number){ true, value };
	n_reads--;
	reads[n_reads].fn(reads[n_reads].arg, &m, NULL);
	mfp_clear(&m);
}

void printer_fails(const char *condition, const char *text)
{
	char *owned = mem_strdup(text);
	const struct source_failure f = { condition, owned, false };
	const struct mfp m = { 0 };

	assert_true(n_reads > 0);
	n_reads--;
	reads[n_reads].fn(reads[n_reads].arg, &m, &f);
	free(owned);
}

/* The device. */
uv_loop_t loop;
struct dispatch d;
unsigned restarts, bounces;

static void on_sent(void *arg)
{
	(void)arg;
	keepalive_presence_sent(d.keepalive);
}

static void on_answered(void *arg)
{
	(void)arg;
	presence_arrived(d.presence);
	execute_answered(d.execute);
}

static void on_bounced(void *arg)
{
	(void)arg;
	bounces++;
}

static void on_restarted(void *arg)
{
	(void)arg;
	restarts++;
}

static int64_t now(void *arg)
{
	(void)arg;
	return keepalive_now(d.keepalive);
}

static void on_learnt(void *arg, const struct mfp *m)
{
	(void)arg;
	presence_learnt(d.presence, m);
}

static const struct execute_events execute_events = { now, on_learnt };
static const struct keepalive_events keepalive_events = { on_answered, on_bounced, on_restarted };
static char *const obey[] = { (char *)(uintptr_t)COMPONENT,
                              (char *)(uintptr_t)SECOND_COMPONENT, NULL };

int set_up(void **state)
{
	static char *const facts[MFP_FACTS] = { [2] = (char *)(uintptr_t)"W1" };
	const struct keepalive_options k = { COMPONENT, 300000, 30000, 7200000 };
	const struct execute_options x = { NULL, 5000 };

	(void)state;
	clock_set(1000000, 1767323045000);
	about_init();
	uv_loop_init(&loop);
	d.obey = obey;
	d.execute = execute_new(&loop, &x, NULL, NULL, &execute_events, NULL);
	d.presence = presence_new(&loop, NULL, NULL, COMPONENT, facts, on_sent, NULL);
	d.keepalive = keepalive_new(&loop, NULL, &k, &keepalive_events, NULL);
	restarts = bounces = 0;
	n_reads = 0;
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	execute_free(d.execute);
	presence_free(d.presence);
	keepalive_free(d.keepalive);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(sent);
	sent = NULL;
	return 0;
}

void receive(const char *text)
{
	const char *why = NULL;
	struct xml *el = xml_parse(text, strlen(text), &xml_limits_stanza, &why);

	assert_null(why);
	dispatch_stanza(&d, el);
	xml_free(el);
}

/* What was sent since the last call; "" for nothing. */
void expect(const char *expected)
{
	assert_string_equal(sent == NULL ? "" : sent, expected);
	free(sent);
	sent = NULL;
}

void component_says(const char *now)
{
	char *iq = mem_printf("<iq xmlns='jabber:client' type='result' from='" COMPONENT "' id='k1'>"
	                      "<keepalive xmlns='urn:platen:keepalive:1' interval='300' now='%s'"
	                      " instance='i'/></iq>", now);

	receive(iq);
	free(iq);
}

void forget_sent(void)
{
	free(sent);
	sent = NULL;
}
