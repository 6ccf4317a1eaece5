#include "test/model/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "test/model/campaigns.h"
#include "test/model/fake_store.h"
#include "test/model/shadow.h"
#include "test/model/wire.h"
#include "test/unit/component_fixture.h"

#define SECOND INT64_C(1000)
#define HOUR INT64_C(3600000)
#define N(table) (sizeof (table) / sizeof *(table))

/* The last one is what the first one may be renamed to. */
static const char *const devices[] = {
	"mfp-1@example.com", "mfp-2@example.com", "mfp-9@example.com",
};
static unsigned n_submits, window;
static int64_t stepped_back;        /* how much later wall clock deadlines may be */

/* What happens between two stanzas is checked like what happens between events. */
static void check(void)
{
	wire_check();
	shadow_check();
	campaigns_check();
}

static void say(char *stanza)
{
	if (link_is_online(fixture.link))
		fixture_say(stanza);
	free(stanza);
}

/* A device says that it is there. */
static void arrive(const char *device, char stream)
{
	say(mem_printf("<presence from='%s/platen-%c' to='devices.example.com'><device "
	               "xmlns='urn:platen:device:1' model='M1' client='c/1'/></presence>",
	               device, stream));
}

/* Operators. */

static const char *command_of_event(const struct event *e, const struct wire_submit *s)
{
	if (s->token < 0 && e->c >= 160)
		return "reboot";
	return s->content ? "get-status" : "get-supplies";
}

static void on_submit(const struct event *e)
{
	static const unsigned timeouts[] = { 5, 30 }, expires[] = { 20, 60, 300, 3600 };
	struct wire_submit s = { n_submits++, e->a % 4 == 3, -1, 0 };
	unsigned had = n_shadows;
	char token[32] = "";

	if (e->b % 4 != 0) {
		s.token = e->b / 4 % 3;
		s.content = e->b >= 224;
		snprintf(token, sizeof token, " token='t%d'", s.token);
	}
	wire_expect(&s);
	say(mem_printf("<iq type='set' id='s%u' " FROM_ALICE "><request "
	               "xmlns='urn:platen:operation:1' device='%s' command='%s' timeout='%u' "
	               "attempts='%u' expires='%u'%s%s%s/></iq>",
	               s.n, devices[s.device], command_of_event(e, &s), s.token < 0 ? timeouts[e->c % 2] : 30, s.token < 0 ? 1 + e->c / 2 % 3 : 2,
	               s.token < 0 ? expires[e->c / 8 % 4] : 300, token,
	               s.token < 0 && e->c % 16 >= 13 ? " priority='emergency'" : "",
	               e->c % 8 >= 5 ? " supersede='true'" : ""));
	if (n_shadows > had && !store_has_room(fixture.store))
		model_fail(&shadows[had], "it was accepted on a full disk");
}

static void on_campaign(const struct event *e)
{
	char *stanza = campaigns_start(e);

	if (stanza != NULL)
		say(stanza);
}

static void on_campaign_order(const struct event *e)
{
	char *stanza = campaigns_order(e);

	if (stanza != NULL)
		say(stanza);
}

static void on_administer(const struct event *e)
{
	static const char *const orders[] = { "decommission", "commission", "rename", "commission" };
	unsigned order = e->b % N(orders);

	say(mem_printf("<iq type='set' id='c' " FROM_ALICE "><%s xmlns='urn:platen:device:1' "
	               "device='%s'%s/></iq>", orders[order], devices[e->a % 2],
	               order == 2 ? " to='mfp-9@example.com'" : ""));
	if (order == 2 && e->b >= 64)
		arrive(devices[2], 'a');
}

/* The operator loses the right to ask, for a while, in which a device goes or is silent. */
static void on_rights(const struct event *e)
{
	fixture_units("[unit acme]\ndevices = mfp-*@example.com\n"
	              "operator alice@example.com = view admin\n");
	check();
	if (e->a % 2 == 0)
		say(mem_printf("<presence type='unavailable' from='%s/platen-%c' "
		               "to='devices.example.com'/>", devices[e->b % 2], "ab"[e->c % 4 == 3]));
	else
		fixture_pass(e->c * INT64_C(150));
	check();
	fixture_units(fixture_units_text);
}

/* Devices. */

static void on_presence(const struct event *e)
{
	arrive(devices[e->a % 8 == 7 ? 2 : e->a % 2], "ab"[e->b % 4 == 3]);
}

static void on_unavailable(const struct event *e)
{
	say(mem_printf("<presence type='unavailable' from='%s/platen-%c' "
	               "to='devices.example.com'/>", devices[e->a % 2], "ab"[e->b % 2]));
}

/* He does not want one any more. Which, and whether it is said twice, is drawn. */
static void on_cancel(const struct event *e)
{
	struct shadow *s = n_shadows == 0 ? NULL : &shadows[n_shadows - 1 - e->a % n_shadows];
	enum request_status was;
	bool sent;

	if (s == NULL || !s->exists)
		return;
	was = s->said.status;
	sent = *shadow_column(s, REQ_TRANSMITTED) != '\0';
	say(mem_printf("<iq type='set' id='x' " FROM_ALICE "><cancel xmlns='urn:platen:operation:1' "
	               "id='%s'/></iq>", s->id));
	if (!link_is_online(fixture.link))
		return;
	/* After a restart it may have been. */
	if (was == QUEUED && !sent && s->said.status != CANCELLED &&
	    (s->said.status != CANCELLING || s->said.transmission == 0))
		model_fail(s, "it waited, and was not cancelled");
	/* Its time may be over by a clock that was set, and then it ends with that. */
	if (was < CANCELLING && sent && s->said.status != CANCELLING && strcmp(s->cause, "cancel") != 0)
		model_fail(s, "it is not being cancelled");
}

/* One that is under way if there is one and wanted, else any. */
static struct shadow *choose(const struct event *e)
{
	struct shadow *under_way[SHADOWS];
	unsigned n = 0;

	for (unsigned i = 0; i < n_shadows; i++) {
		if (shadows[i].exists && shadow_is_open(&shadows[i]) && shadows[i].said.status != QUEUED)
			under_way[n++] = &shadows[i];
	}
	if (n > 0 && e->a < 160)
		return under_way[e->a % n];
	return n_shadows == 0 ? NULL : &shadows[e->a % n_shadows];
}

/* The newest number mostly, an older one, or one that was never sent. */
static int64_t choose_number(const struct shadow *s, unsigned which)
{
	int64_t newest = s->said.transmission;

	if (which < 10)
		return newest;
	return which < 14 ? newest - (int64_t)which % 2 - 1 : newest + 1;
}

static const struct answer {
	const char *name;
	enum request_status becomes;
	const char *text;
} answers[] = {
#define OUTCOME "<outcome xmlns='urn:platen:operation:1' status="
	{ "done", RESPONDED, OUTCOME "'done'/>" },
	{ "done, with figures", RESPONDED, OUTCOME "'done'><status xmlns='urn:platen:mfp:1' "
	  "source='file' taken='2026-01-02T03:04:05.678Z' state='idle'/></outcome>" },
	{ "failed", FAILED, OUTCOME "'failed'><reason condition='busy'>it prints</reason></outcome>" },
	{ "refused", REFUSED, OUTCOME "'refused'/>" },
	{ "unknown", UNKNOWN, OUTCOME "'unknown'/>" },
	{ "expired", EXPIRED, OUTCOME "'expired'/>" },
	{ "in progress", RUNNING, OUTCOME "'in-progress'/>" },
	{ "how far it is", RUNNING, OUTCOME "'in-progress'><progress percent='40'>It writes"
	  "</progress></outcome>" },
	{ "it goes on", RUNNING, OUTCOME "'in-progress'><progress>still</progress></outcome>" },
	{ "cancelled", CANCELLED, OUTCOME "'cancelled'/>" },
	{ "of another request", FAILED, "<outcome xmlns='urn:platen:operation:1' id='x' "
	  "status='done'/>" },
	{ "a status that there is not", FAILED, OUTCOME "'maybe'/>" },
	{ "nothing", FAILED, "" },
};

/* It says that it runs, which counts while it is open. */
static void check_runs(struct shadow *s, const struct shadow *was, bool counts)
{
	bool begins = was->said.status == QUEUED || was->said.status == TRANSMITTED;

	if (!counts || !shadow_is_open(was)) {
		if (strcmp(s->cause, "in-progress") == 0 || strcmp(s->cause, "progress") == 0)
			model_fail(s, "a word that does not count made a row");
		return;
	}
	/* A campaign may have been aborted with that. */
	if (begins ? strcmp(s->cause, "in-progress") != 0
	           : s->said.status != RUNNING && s->said.status != CANCELLING)
		model_fail(s, "it runs, and that did not count");
	s->begun = true;
	shadow_heard(s);
}

/* A real outcome always counts; a provisional one only while it is open. */
static void check_answered(struct shadow *s, const struct shadow *was, bool counts,
                           const struct answer *a)
{
	bool final = a->becomes <= REFUSED;

	if (a->becomes == RUNNING) {
		check_runs(s, was, counts);
		return;
	}
	if (!counts || shadow_is_final(was) || (!shadow_is_open(was) && !final)) {
		if (strcmp(s->cause, "outcome") == 0)
			model_fail(s, "an answer that does not count made a row: %s", a->name);
		return;
	}
	if (strcmp(s->cause, "outcome") != 0 || s->said.status != a->becomes)
		model_fail(s, "the answer \"%s\" did not count", a->name);
}

static void on_answer(const struct event *e)
{
	struct shadow *s = choose(e), was;
	const struct answer *a = &answers[e->c % N(answers)];
	int64_t number;
	bool stranger = e->b >= 240, counts;

	if (s == NULL || !s->exists)
		return;
	was = *s;
	number = choose_number(s, e->b % 16);
	counts = link_is_online(fixture.link) && !stranger && number >= 1 &&
	         number <= s->said.transmission &&
	         (shadow_is_open(s) || clock_mono_ms() < s->due);
	say(mem_printf("<iq type='result' id='%s-%lld' from='%s/platen-%c' "
	               "to='devices.example.com'>%s</iq>", s->id, (long long)number,
	               stranger ? "mfp-8@example.com" : shadow_column(s, REQ_DEVICE),
	               "ab"[e->c / 16 % 4 == 3], a->text));
	/* At that moment it may be forgotten or not. */
	if (shadow_is_open(&was) || clock_mono_ms() != was.due)
		check_answered(s, &was, counts, a);
}

/* "<outcome xmlns='…' id='ID' status=": what names no request is none. */
static const char *with_id(const struct shadow *s, const char *text)
{
	static char buf[400];
	static const char ns[] = "xmlns='urn:platen:operation:1'";
	const char *behind = strstr(text, ns);

	if (behind == NULL || strstr(text, " id=") != NULL)
		return text;
	behind += strlen(ns);
	snprintf(buf, sizeof buf, "%.*s id='%s'%s", (int)(behind - text), text, s->id, behind);
	return buf;
}

/* The device says it by itself, or is asked: it needs no number. */
static void on_word(const struct event *e)
{
	struct shadow *s = choose(e), was;
	const struct answer *a = &answers[e->c % N(answers)];
	bool told = e->b % 2 == 0, stranger = e->b >= 240, counts;
	const char *text;

	if (s == NULL || !s->exists || (!told && *a->text == '\0'))
		return;
	was = *s;
	text = told ? with_id(s, a->text) : a->text;
	counts = link_is_online(fixture.link) && !stranger && (!told || text != a->text) &&
	         (shadow_is_open(s) || clock_mono_ms() < s->due);
	/* wire.c reads from its acknowledgement what is acknowledged. */
	say(mem_printf("<iq type='%s' id='%s%s%s' from='%s/platen-%c' "
	               "to='devices.example.com'>%s</iq>", told ? "set" : "result",
	               told ? "t-" : "outcome-", s->id, told ? request_status_name(a->becomes) : "",
	               stranger ? "mfp-8@example.com" : shadow_column(s, REQ_DEVICE),
	               "ab"[e->c / 16 % 4 == 3], text));
	if (shadow_is_open(&was) || clock_mono_ms() != was.due)
		check_answered(s, &was, counts, a);
}

static void bounce(struct shadow *s, int64_t number, char stream)
{
	bool counts = link_is_online(fixture.link) && number == s->said.transmission &&
	              (s->said.status == TRANSMITTED || (s->said.status == CANCELLING && !s->begun));

	say(mem_printf("<iq type='error' id='%s-%lld' from='%s/platen-%c' "
	               "to='devices.example.com'><error type='cancel'/></iq>", s->id,
	               (long long)number, shadow_column(s, REQ_DEVICE), stream));
	if (counts != (strcmp(s->cause, "bounced") == 0))
		model_fail(s, "its bounce %s", counts ? "did not count" : "counted");
}

static void on_bounce(const struct event *e)
{
	struct shadow *s = choose(e);

	if (s != NULL && s->exists)
		bounce(s, choose_number(s, e->b % 16), "ab"[e->c % 4 == 3]);
}

/* It says that it is there, and nothing reaches it. */
static void on_unreachable(const struct event *e)
{
	struct shadow *s = choose(e);

	for (unsigned i = 0; i < LIFE_BOUNCES && s != NULL && s->exists; i++) {
		if (s->said.status != TRANSMITTED)
			return;
		bounce(s, s->said.transmission, 'a');
		check();
		shadow_begin_event();
		arrive(shadow_column(s, REQ_DEVICE), 'a');
		check();
		shadow_begin_event();
	}
}

static void on_device_answer(const struct event *e)
{
	say(mem_printf("<iq type='%s' id='%s' from='%s/platen-a' to='devices.example.com'>%s</iq>",
	               e->b % 4 == 3 ? "error" : "result", fixture_ask(), devices[e->a % 2], DEVICE));
}

/* The world. */

static void on_sync(const struct event *e)
{
	if (e->a % 3 == 0)
		fake_store_sync();
	else
		fake_store_group();
}

static void on_link(const struct event *e)
{
	fixture_online(e->a % 2 != 0);
}

static void on_backlog(const struct event *e)
{
	fixture_backlog(e->a % 3 == 0 ? 64u << 20 : 0);
}

static void on_room(const struct event *e)
{
	fake_store_room(e->a % 3 != 0);
}

static void on_pass(const struct event *e)
{
	static const int64_t times[] = {
		1, 40, 999, 4999, 5000, 5 * SECOND + 1, 29999, 30000, 31 * SECOND, 61 * SECOND,
		301 * SECOND, HOUR, 24 * HOUR,
	};

	fixture_pass(times[e->a % (e->b < 250 ? N(times) - 1 : N(times))]);
}

static void on_step(const struct event *e)
{
	static const int64_t steps[] = { SECOND, 5 * SECOND, 11 * SECOND, 61 * SECOND, HOUR };
	int64_t by = steps[e->a % N(steps)];

	if (e->b % 2 == 0)
		stepped_back += by;
	fixture_step(e->b % 2 == 0 ? -by : by);
}

static void start_again(const struct event *e)
{
	fixture_restart();
	fixture.config.window = window;
	check();
	shadow_begin_event();
	if (e->c % 4 != 0)
		fixture_online(true);
}

static bool loses;

static void on_restart(const struct event *e)
{
	start_again(e);
}

static void on_crash(const struct event *e)
{
	loses = true;
	campaigns_crash();
	fake_store_crash(e->b % 4 == 0 ? 0 : e->b % 4 == 1 ? 255 : e->a);
	start_again(e);
}

static void on_opened(const char *dir)
{
	(void)dir;
	shadow_reload(loses);
	loses = false;
}

static void on_row(const struct table_schema *schema, const char *const *row, uint64_t ticket)
{
	if (schema == &request_schema)
		shadow_row(row, ticket);
}

/* The table. */

static const struct kind {
	const char *name;
	unsigned weight;
	void (*run)(const struct event *e);
} kinds[] = {
	{ "submit", 24, on_submit }, { "sync", 26, on_sync }, { "answer", 18, on_answer },
	{ "pass", 14, on_pass }, { "presence", 8, on_presence }, { "bounce", 5, on_bounce },
	{ "link", 5, on_link }, { "unavailable", 3, on_unavailable },
	{ "device answers", 2, on_device_answer }, { "restart", 2, on_restart },
	{ "crash", 3, on_crash }, { "step", 4, on_step }, { "room", 1, on_room },
	{ "backlog", 2, on_backlog }, { "administer", 5, on_administer },
	{ "unreachable", 1, on_unreachable }, { "rights", 1, on_rights },
	{ "word", 8, on_word }, { "cancel", 6, on_cancel },
	{ "campaign", 4, on_campaign }, { "order", 4, on_campaign_order },
};

uint8_t events_kind(unsigned drawn)
{
	unsigned sum = 0, i;

	for (i = 0; i < N(kinds); i++)
		sum += kinds[i].weight;
	drawn %= sum;
	for (i = 0; drawn >= kinds[i].weight; i++)
		drawn -= kinds[i].weight;
	return (uint8_t)i;
}

void events_begin(unsigned w)
{
	static bool started;

	fake_store_watch.opened = on_opened;
	fake_store_watch.row = on_row;
	if (started) {
		fake_store_crash(0);
		fake_store_wipe();
		shadow_reset();
		campaigns_reset();
		fixture_step(FIXTURE_WALL - clock_wall_ms());
		fixture_restart();
	} else {
		fixture_start();
	}
	started = true;
	wire_reset();
	campaigns_reset();
	n_submits = 0;
	stepped_back = 0;
	fixture.config.window = window = w;
	fixture_online(true);
	arrive(devices[0], 'a');
	arrive(devices[1], 'a');
	fake_store_sync();
	check();
}

void events_run(const struct event *e)
{
	shadow_begin_event();
	kinds[e->kind].run(e);
	check();
}

/* Files and table agree, then all ends by itself, then nothing is left. */
void events_end(void)
{
	int64_t wait = 6 * HOUR + stepped_back;

	shadow_begin_event();
	fixture_restart();
	fixture.config.window = window;
	fixture_online(true);
	fake_store_sync();
	check();
	for (int64_t passed = 0; passed < wait; passed += HOUR) {
		shadow_begin_event();
		fixture_pass(HOUR);
		check();
	}
	for (unsigned i = 0; i < n_shadows; i++) {
		if (shadows[i].exists && shadow_is_open(&shadows[i]))
			model_fail(&shadows[i], "it has not ended");
	}
	shadow_begin_event();
	fixture_pass(25 * HOUR);
	check();
	if (HASH_COUNT(fixture.requests.by_id) != 0)
		model_fail(NULL, "requests are kept for ever");
}

const char *events_text(const struct event *e)
{
	static char text[64];

	snprintf(text, sizeof text, "%-14s %3u %3u %3u", kinds[e->kind].name, e->a, e->b, e->c);
	return text;
}
