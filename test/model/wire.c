#include "test/model/wire.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/xml.h"
#include "component/execute.h"
#include "test/model/campaigns.h"
#include "test/model/shadow.h"
#include "test/unit/component_fixture.h"

#define SUBMITS 256
#define TOKENS 4

static struct wire_submit submits[SUBMITS];
static unsigned n_submits;

/* What a token was used for, as far as its operator has been told. */
static struct known { char id[UUID7_STRING]; unsigned content, device; int64_t when; } known[TOKENS];

void wire_expect(const struct wire_submit *submit)
{
	if (submit->n >= SUBMITS)
		model_fail(NULL, "too many submits for this model");
	submits[submit->n] = *submit;
	n_submits = submit->n + 1;
}

static int64_t time_of(const struct shadow *s, const struct xml *el, const char *name)
{
	const char *text = xml_get(el, name);
	int64_t ms;

	if (text == NULL || !clock_parse(text, &ms))
		model_fail(s, "%s is no time", name);
	return ms;
}

static void check_not_after(const struct shadow *s, int64_t number, const struct xml *el)
{
	if (time_of(s, el, "not-after") != s->not_after[number % 8])
		model_fail(s, "not-after is %s", xml_get(el, "not-after"));
}

static void check_operation(const struct xml *iq, const struct xml *el)
{
	char id[UUID7_STRING];
	struct shadow *s;
	int64_t number;

	if (!execute_parse_id(xml_get(iq, "id"), id, &number) || (s = shadow_find(id)) == NULL)
		model_fail(NULL, "an operation with the id %s", xml_get(iq, "id"));
	if (strcmp(xml_get(el, "id"), id) != 0)
		model_fail(s, "its operation says id %s", xml_get(el, "id"));
	if (strncmp(xml_get(iq, "to"), shadow_column(s, REQ_DEVICE),
	            strlen(shadow_column(s, REQ_DEVICE))) != 0)
		model_fail(s, "it went to %s", xml_get(iq, "to"));
	if (number > s->leaves)
		model_fail(s, "number %lld leaves, its row says %lld", (long long)number,
		           (long long)s->leaves);
	if (number <= s->sent)
		model_fail(s, "number %lld again, after %lld", (long long)number, (long long)s->sent);
	check_not_after(s, number, el);
	s->sent = number;
	if (number == s->leaves)
		s->leaves = 0;
}

static void check_headline(const struct xml *message)
{
	const struct xml *el = xml_child(message, "request", NS_OPERATION);
	const char *id = xml_get(message, "id"), *status = xml_get(el, "status");
	struct shadow *s = id == NULL ? NULL : shadow_find(id);

	if (s == NULL || status == NULL)
		model_fail(s, "told of nothing: %s", id);
	for (unsigned i = 0; i < s->n_ends; i++) {
		struct shadow_end *end = &s->ends[i];

		if (end->told || strcmp(request_status_name(end->status), status) != 0)
			continue;
		if (end->ticket > store_synced(fixture.store))
			model_fail(s, "%s is told before its row is on disk", status);
		end->told = true;
		return;
	}
	model_fail(s, "%s is told once more, or has never been", status);
}

/* The same token and content are the same request, others are refused. */
static void check_token(const struct wire_submit *submit, struct shadow *s)
{
	struct known *k = &known[submit->token];
	int64_t now = clock_wall_ms();
	bool is_known = *k->id != '\0' && llabs(now - k->when) < INT64_C(43200000);
	bool same = k->content == submit->content && k->device == submit->device;

	if (is_known && (s != NULL) != same)
		model_fail(s, "token %d: %s", submit->token,
		           same ? "refused its own request" : "taken for another request");
	if (is_known && s != NULL && strcmp(k->id, s->id) != 0)
		model_fail(s, "token %d was for %s", submit->token, k->id);
	if (s == NULL || (is_known && same))
		return;
	memcpy(k->id, s->id, sizeof k->id);
	k->content = submit->content;
	k->device = submit->device;
	k->when = s->said.created;
}

static bool is_for_token(const struct xml *iq)
{
	const struct xml *error = xml_child(iq, "error", "");

	return xml_child(error, "token-used", NS_OPERATION) != NULL;
}

/* An answer tells of an end, too. */
static void check_said(struct shadow *s, const char *status)
{
	for (unsigned i = 0; i < s->n_ends; i++) {
		struct shadow_end *end = &s->ends[i];

		if (strcmp(request_status_name(end->status), status) != 0)
			continue;
		if (end->ticket > store_synced(fixture.store))
			model_fail(s, "%s is in an answer before its row is on disk", status);
		end->said = true;
	}
}

static void check_submit(const struct xml *iq)
{
	const struct xml *el = xml_child(iq, "request", NS_OPERATION);
	unsigned n = (unsigned)atoi(xml_get(iq, "id") + 1);
	const char *id = xml_get(el, "id");
	struct shadow *s = id == NULL ? NULL : shadow_find(id);
	const struct wire_submit *submit = &submits[n];

	if (n >= n_submits)
		model_fail(NULL, "an answer to %s, which nobody has sent", xml_get(iq, "id"));
	if (strcmp(xml_get(iq, "type"), "error") == 0) {
		if (submit->token >= 0 && is_for_token(iq))
			check_token(submit, NULL);
		return;
	}
	if (s == NULL || !s->exists)
		model_fail(s, "the answer to submit %u is no request", n);
	if (s->first > store_synced(fixture.store))
		model_fail(s, "its submit is answered before its row is on disk");
	s->answered = true;
	check_said(s, xml_get(el, "status"));
	if (submit->token >= 0)
		check_token(submit, s);
}

static void check_cancel_on_disk(const struct shadow *s, const char *what)
{
	if (s->cancel > store_synced(fixture.store))
		model_fail(s, "%s before its row is on disk", what);
}

static struct shadow *named(const char *id)
{
	struct shadow *s = shadow_find(id);

	if (s == NULL)
		model_fail(NULL, "a stanza about %s", id);
	return s;
}

static void check_cancelled(const struct xml *iq)
{
	const struct xml *el = xml_child(iq, "request", NS_OPERATION);
	const char *status = xml_get(el, "status");
	struct shadow *s;

	if (el == NULL)
		return;
	s = named(xml_get(el, "id"));
	check_cancel_on_disk(s, "its cancel is answered");
	if (strcmp(status, "cancelling") != 0)
		check_said(s, status);
}

/* What a device has said by itself is acknowledged: "t-", the request, what became of it. */
static void check_told(const struct xml *iq)
{
	char *id = mem_strndup(xml_get(iq, "id") + 2, UUID7_STRING - 1);
	const char *status = xml_get(iq, "id") + 2 + UUID7_STRING - 1;
	const struct shadow *s = named(id);

	free(id);
	if (strcmp(xml_get(iq, "type"), "result") != 0)
		return;
	for (unsigned i = 0; i < s->n_ends; i++) {
		if (strcmp(request_status_name(s->ends[i].status), status) == 0 &&
		    s->ends[i].ticket > store_synced(fixture.store))
			model_fail(s, "its outcome is acknowledged before its row is on disk");
	}
}

/* The device is asked to let it be, or what becomes of it. */
static void check_question(const struct xml *el)
{
	struct shadow *s = named(xml_get(el, "id"));

	if (!xml_is(el, "cancel", NS_OPERATION)) {
		shadow_asked(s);
		return;
	}
	check_cancel_on_disk(s, "it is cancelled");
	shadow_told(s);
}

static void check_iq(const struct xml *iq, const struct xml *el, const char *id)
{
	if (xml_is(el, "operation", NS_OPERATION))
		check_operation(iq, el);
	else if (xml_is(el, "cancel", NS_OPERATION) || xml_is(el, "outcome", NS_OPERATION))
		check_question(el);
	else if (*id == 's')
		check_submit(iq);
	else if (*id == 'x')
		check_cancelled(iq);
	else if (strncmp(id, "t-", 2) == 0)
		check_told(iq);
}

static void check_stanza(void *arg, const struct xml *stanza, const char *cut)
{
	const struct xml *el = xml_first(stanza);
	const char *id = xml_get(stanza, "id");

	(void)arg;
	if (cut != NULL)
		model_fail(NULL, "a stanza is %s", cut);
	if (xml_child(stanza, "campaign", NS_OPERATION) != NULL)
		campaigns_said(xml_child(stanza, "campaign", NS_OPERATION), xml_is(stanza, "message", ""));
	else if (xml_is(stanza, "message", ""))
		check_headline(stanza);
	else if (xml_is(stanza, "iq", "") && id != NULL)
		check_iq(stanza, el, id);
}

static void on_open(void *arg, const struct xml *root)
{
	(void)arg, (void)root;
}

static void on_close(void *arg)
{
	(void)arg;
	model_fail(NULL, "the stream was closed");
}

void wire_check(void)
{
	static const struct xml_stream_events events = { on_open, check_stanza, on_close };
	static const char header[] = "<s xmlns='jabber:component:accept'>";
	struct xml_stream *s;
	const char *why;

	if (*fixture_sent() == '\0')
		return;
	s = xml_stream_new(&xml_limits_stanza, &events, NULL);
	if (!xml_stream_feed(s, header, strlen(header), &why) ||
	    !xml_stream_feed(s, fixture_sent(), strlen(fixture_sent()), &why))
		model_fail(NULL, "what is sent is %s", why);
	xml_stream_free(s);
	fixture_forget();
}

void wire_reset(void)
{
	memset(known, 0, sizeof known);
	n_submits = 0;
}
