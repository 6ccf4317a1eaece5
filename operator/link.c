#include "operator/link.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/uuid7.h"
#include "common/xmpp.h"
#include "operator/link_end.h"

#define CONNECT_MS 20000
#define CLOSE_MS 2000
#define USER_TIMEOUT_MS 30000
#define MESSAGES_MAX 1024

#define STANZAS_NS "urn:ietf:params:xml:ns:xmpp-stanzas"

struct link {
	const struct settings *settings;
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t interrupt;
	struct xmpp *xmpp;            /* NULL between two attempts */
	char *component;              /* bare */

	bool online, ended, timed_out, interrupted;
	enum xmpp_end end;
	char *end_text;

	char run[UUID7_STRING];       /* part of all ids: no other run's answer fits */
	unsigned asked;               /* questions so far: the newest one's number */
	struct link_question *questions;   /* under way; the caller's */
	size_t n_questions, n_answers, n_seen;
	struct xml *messages[MESSAGES_MAX];
	size_t n_messages;
	unsigned dropped;             /* messages for which there was no room */
};

static void on_online(void *arg, const char *jid)
{
	struct link *l = arg;

	(void)jid;
	l->online = true;
}

static void on_ended(void *arg, enum xmpp_end end, const char *text)
{
	struct link *l = arg;

	l->online = false;
	l->ended = true;
	l->end = end;
	mem_set(&l->end_text, text);
}

static bool is_from(const struct xml *stanza, const char *sender)
{
	const char *from = xml_get(stanza, "from");
	char *bare = from == NULL ? NULL : jid_bare(from);
	bool is = bare != NULL && strcmp(bare, sender) == 0;

	free(bare);
	return is;
}

static bool has_attr(const struct xml *el, const char *attr, const char *value)
{
	const char *has = xml_get(el, attr);

	return has != NULL && strcmp(has, value) == 0;
}

/* RFC 6120 section 8.2.3: every get and set is answered; we serve none. */
static void refuse(struct link *l, const struct xml *iq)
{
	struct xml_writer w = { 0 };
	size_t len;
	char *text;

	xml_open(&w, "iq", NULL);
	xml_attr(&w, "type", "error");
	xml_attr(&w, "to", xml_get(iq, "from"));
	xml_attr(&w, "id", xml_get(iq, "id"));
	xml_open(&w, "error", NULL);
	xml_attr(&w, "type", "cancel");
	xml_element(&w, "service-unavailable", STANZAS_NS, NULL);
	xml_close(&w);
	xml_close(&w);
	text = xml_take(&w, &len);
	xmpp_send_text(l->xmpp, text, len);
	free(text);
}

static char *id_of(const struct link *l, size_t question)
{
	return mem_printf("%s-%zu", l->run, l->asked - l->n_questions + question + 1);
}

/* The question under way that this answers; n_questions: none. */
static size_t find_question(const struct link *l, const struct xml *answer)
{
	bool found = false;
	size_t i = 0;
	char *id;

	for (; i < l->n_questions && !found; i += !found) {
		id = id_of(l, i);
		found = l->questions[i].answer == NULL && has_attr(answer, "id", id) &&
		        is_from(answer, l->questions[i].to);
		free(id);
	}
	return i;
}

static void take_iq(struct link *l, struct xml **stanza)
{
	size_t question;

	if (has_attr(*stanza, "type", "get") || has_attr(*stanza, "type", "set"))
		refuse(l, *stanza);
	if (!has_attr(*stanza, "type", "result") && !has_attr(*stanza, "type", "error"))
		return;
	question = find_question(l, *stanza);
	if (question == l->n_questions)
		return;
	l->questions[question].answer = *stanza;
	l->n_answers++;
	*stanza = NULL;
}

static void take_message(struct link *l, struct xml **stanza)
{
	if (l->n_messages == MESSAGES_MAX) {
		l->dropped++;
		return;
	}
	l->messages[l->n_messages++] = *stanza;
	*stanza = NULL;
}

static void on_stanza(void *arg, const char *text, size_t len)
{
	struct link *l = arg;
	struct xml *stanza = xml_parse(text, len, &xml_limits_stanza, NULL);

	if (xml_is(stanza, "iq", "")) {
		take_iq(l, &stanza);
	} else if (xml_is(stanza, "message", "") && !has_attr(stanza, "type", "error") &&
	           is_from(stanza, l->component)) {
		take_message(l, &stanza);
	}
	xml_free(stanza);
}

static const struct xmpp_events events = { on_online, on_stanza, on_ended };

static void on_timer(uv_timer_t *t)
{
	((struct link *)t->data)->timed_out = true;
}

static void on_interrupt(uv_signal_t *s, int signum)
{
	(void)signum;
	((struct link *)s->data)->interrupted = true;
}

struct link *link_new(const struct settings *settings)
{
	struct link *l = mem_zero(1, sizeof *l);

	l->settings = settings;
	l->component = jid_bare(settings->component);
	uuid7_next(clock_wall_ms(), l->run);
	if (uv_loop_init(&l->loop) != 0)
		mem_fatal();
	uv_timer_init(&l->loop, &l->timer);
	uv_signal_init(&l->loop, &l->interrupt);
	l->timer.data = l->interrupt.data = l;
	uv_signal_start(&l->interrupt, on_interrupt, SIGINT);
	uv_unref((uv_handle_t *)&l->interrupt);
	return l;
}

bool link_is_online(const struct link *l)
{
	return l->online;
}

static bool has_answer(const struct link *l)
{
	return l->n_answers > l->n_seen;
}

static bool has_message(const struct link *l)
{
	return l->n_messages > 0;
}

static bool never(const struct link *l)
{
	(void)l;
	return false;
}

/* Runs the loop until what is waited for is there, the stream has ended, it was
 * interrupted or ms are over. */
static enum link_result run(struct link *l, bool (*done)(const struct link *), int64_t ms)
{
	l->timed_out = false;
	uv_update_time(&l->loop);
	uv_timer_start(&l->timer, on_timer, (uint64_t)(ms < 0 ? 0 : ms), 0);
	while (!done(l) && !l->ended && !l->interrupted && !l->timed_out)
		uv_run(&l->loop, UV_RUN_ONCE);
	uv_timer_stop(&l->timer);
	if (done(l))
		return LINK_OK;
	return l->interrupted ? LINK_INTERRUPTED : l->ended ? LINK_LOST : LINK_TIMEOUT;
}

static void drop_stream(struct link *l)
{
	xmpp_destroy(l->xmpp);
	l->xmpp = NULL;
	l->online = l->ended = false;
}

void link_free(struct link *l)
{
	if (l == NULL)
		return;
	/* The next Ctrl-C ends the waiting for a proper end. */
	l->interrupted = false;
	if (l->xmpp != NULL && l->online) {
		xmpp_close(l->xmpp);
		run(l, never, CLOSE_MS);
	}
	drop_stream(l);
	uv_close((uv_handle_t *)&l->timer, NULL);
	uv_close((uv_handle_t *)&l->interrupt, NULL);
	uv_run(&l->loop, UV_RUN_DEFAULT);
	uv_loop_close(&l->loop);
	for (size_t i = 0; i < l->n_messages; i++)
		xml_free(l->messages[i]);
	free(l->component);
	free(l->end_text);
	free(l);
}

enum link_result link_connect(struct link *l, const char *password, struct fault *f)
{
	const struct settings *s = l->settings;
	char *bare = jid_bare(s->jid), *jid = mem_printf("%s/platen-%s", bare, l->run + 24);
	struct xmpp_options options = {
		.jid = jid, .password = password, .host = s->host, .port = (int)s->port,
		.security = (enum xmpp_security)s->security, .ca_file = s->ca_file,
		.connect_ms = CONNECT_MS, .user_timeout_ms = USER_TIMEOUT_MS,
	};
	enum link_result result;

	drop_stream(l);
	l->xmpp = xmpp_connect(&l->loop, &options, &events, l);
	result = run(l, link_is_online, CONNECT_MS + 5000);
	if (result == LINK_TIMEOUT) {
		l->end = XMPP_END_TIMEOUT;
		mem_set(&l->end_text, "it does not answer");
		result = LINK_LOST;
	}
	if (result == LINK_LOST)
		link_end_explain(l->settings, l->end, l->end_text, f);
	free(jid);
	free(bare);
	return result;
}

static void send_iq(struct link *l, const char *type, size_t question)
{
	char *id = id_of(l, question), *text;
	struct xml_writer w = { 0 };
	size_t len;

	xml_open(&w, "iq", NULL);
	xml_attr(&w, "type", type);
	xml_attr(&w, "to", l->questions[question].to);
	xml_attr(&w, "id", id);
	xml_raw(&w, l->questions[question].payload);
	xml_close(&w);
	text = xml_take(&w, &len);
	xmpp_send_text(l->xmpp, text, len);
	mem_wipe(text, len);
	free(id);
}

static enum link_result ask(struct link *l, const char *type, struct link_question *questions,
                            size_t n, int64_t ms, struct fault *f)
{
	enum link_result result = LINK_OK;

	l->questions = questions;
	l->n_questions = n;
	l->n_answers = 0;
	l->asked += (unsigned)n;
	for (size_t i = 0; i < n; i++)
		send_iq(l, type, i);
	while (result == LINK_OK && l->n_answers < n) {
		l->n_seen = l->n_answers;
		result = run(l, has_answer, ms);
	}
	l->n_questions = 0;
	if (result == LINK_LOST)
		link_end_explain(l->settings, l->end, l->end_text, f);
	if (result == LINK_TIMEOUT)
		fault_set(f, EXIT_NO_CONNECTION, "remote-server-timeout",
		          "%s does not answer; see that it runs", questions[0].to);
	return result;
}

enum link_result link_ask(struct link *l, const char *type, const char *payload, int64_t ms,
                          struct xml **answer, struct fault *f)
{
	struct link_question question = { .to = l->component, .payload = payload };
	enum link_result result = ask(l, type, &question, 1, ms, f);

	*answer = question.answer;
	if (result != LINK_OK || !has_attr(*answer, "type", "error"))
		return result;
	fault_from_stanza(f, *answer);
	xml_free(*answer);
	*answer = NULL;
	return LINK_ERROR;
}

enum link_result link_ask_many(struct link *l, struct link_question *questions, size_t n,
                               int64_t ms, struct fault *f)
{
	return ask(l, "set", questions, n, ms, f);
}

void link_tell(struct link *l, const char *type, const char *payload)
{
	struct link_question question = { .to = l->component, .payload = payload };

	l->questions = &question;
	l->n_questions = 1;
	l->asked++;
	send_iq(l, type, 0);
	l->n_questions = 0;
}

enum link_result link_wait(struct link *l, int64_t ms, struct xml **message)
{
	enum link_result result = run(l, has_message, ms);

	*message = NULL;
	if (result != LINK_OK)
		return result;
	*message = l->messages[0];
	l->n_messages--;
	memmove(l->messages, l->messages + 1, l->n_messages * sizeof *l->messages);
	return LINK_OK;
}

unsigned link_dropped(struct link *l)
{
	unsigned n = l->dropped;

	l->dropped = 0;
	return n;
}

enum link_result link_sleep(struct link *l, int64_t ms)
{
	if (l->ended)
		drop_stream(l);
	return run(l, never, ms);
}
