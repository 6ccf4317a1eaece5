#include "device/bosh_session.h"

#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/mem.h"
#include "device/bosh_body.h"

#define LOG_MODULE "bosh"
#include "common/log.h"

#define WINDOW 2                  /* requests at a time: one is held, one tells something */
#define SECOND 1000
/* Two connections may overtake each other, and ejabberd hangs over requests that do: the next one
 * leaves when the one before has had the time to arrive. */
#define PACE_MIN_MS 5
#define PACE_MAX_MS 250
/* Whoever was told something often answers at once: that may go with the next request. */
#define GATHER_MS 3
/* Beyond what the server may hold a request for. It may be slow on purpose (shapers). */
#define ANSWER_MS (30 * SECOND)
/* The same of one that another one has overtaken. */
#define OVERTAKEN_MS (5 * SECOND)
#define AGAIN_MS 200
#define AGAIN_CAP_MS (5 * SECOND)
#define INACTIVITY_S 30           /* where the server does not say */
#define INACTIVITY_MAX_S 120
#define POLLING_MIN_MS (1 * SECOND)
#define POLLING_MAX_MS (10 * SECOND)
/* What ends requests earlier than this is no time-out that one could live with. */
#define HELD_MIN_MS (5 * SECOND)
#define UNREADABLE_MAX 5
#define BODY_BYTES (128u * 1024)  /* so much in one request, or one stanza */

struct item {
	struct item *next;
	bool restart;
	size_t len;
	char *text;
};

enum slot_state { SLOT_WAITS, SLOT_SENT, SLOT_ANSWERED };

struct slot {
	enum slot_state state;
	struct bosh_request request;
	char *text;               /* request.text */
	bool empty;
	bool overtaken;           /* it failed while a later one was under way */
	int64_t sent, again_at;
	unsigned copies;          /* how often it has failed */
	struct bosh_body answer;  /* SLOT_ANSWERED: it waits for the one before */
};

struct bosh_session {
	char *to, *lang, *sid;
	const struct bosh_session_events *events;
	void *arg;
	int64_t rid;              /* of the next request */
	int64_t wait_ms, inactivity_ms, polling_ms;
	int64_t rtt_ms;           /* the shortest so far; -1: none */
	int64_t limit_ms;         /* nobody on the way lets a request be held longer; 0: not known */
	int64_t poll_at, failing_since;   /* -1: it is not failing */
	unsigned unreadable;
	struct item *first, **last;
	size_t waiting;
	struct slot slots[WINDOW];        /* the oldest first */
	unsigned open;
	bool closing, terminated, ended;
};

struct bosh_session *bosh_session_new(const struct bosh_session_options *options,
                                      const struct bosh_session_events *events, void *arg)
{
	struct bosh_session *s = mem_zero(1, sizeof *s);

	s->to = mem_strdup(options->to);
	s->lang = mem_strdup(options->lang);
	s->wait_ms = options->wait_s * SECOND;
	s->rid = options->rid;
	s->inactivity_ms = INACTIVITY_S * SECOND;
	s->polling_ms = POLLING_MIN_MS;
	s->rtt_ms = s->failing_since = -1;
	s->last = &s->first;
	s->events = events;
	s->arg = arg;
	return s;
}

static void clear_slot(struct slot *slot)
{
	free(slot->text);
	bosh_body_clear(&slot->answer);
	memset(slot, 0, sizeof *slot);
}

static void drop_first(struct bosh_session *s)
{
	struct item *i = s->first;

	s->first = i->next;
	if (s->first == NULL)
		s->last = &s->first;
	s->waiting -= i->len;
	free(i->text);
	free(i);
}

void bosh_session_free(struct bosh_session *s)
{
	if (s == NULL)
		return;
	while (s->first != NULL)
		drop_first(s);
	for (unsigned n = 0; n < s->open; n++)
		clear_slot(&s->slots[n]);
	free(s->to);
	free(s->lang);
	free(s->sid);
	free(s);
}

static void end(struct bosh_session *s, enum bosh_end how, const char *text)
{
	if (s->ended)
		return;
	s->ended = true;
	s->events->ended(s->arg, how, text);
}

/* What the client wants. */

static void put(struct bosh_session *s, bool restart, char *text, size_t len)
{
	struct item *i = mem_zero(1, sizeof *i);

	i->restart = restart;
	i->text = text;
	i->len = len;
	s->waiting += len;
	*s->last = i;
	s->last = &i->next;
}

void bosh_session_restart(struct bosh_session *s)
{
	put(s, true, NULL, 0);
}

void bosh_session_send(struct bosh_session *s, const struct xml *stanza)
{
	size_t len;
	char *text = bosh_stanza(stanza, &len);

	put(s, false, text, len);
}

void bosh_session_close(struct bosh_session *s)
{
	s->closing = true;
	if (s->sid == NULL && s->open == 0)
		end(s, BOSH_END_CLOSED, "closed");
}

size_t bosh_session_waiting(const struct bosh_session *s)
{
	return s->waiting;
}

bool bosh_session_exists(const struct bosh_session *s)
{
	return s->sid != NULL && !s->ended;
}

int64_t bosh_session_inactivity(const struct bosh_session *s)
{
	return s->inactivity_ms;
}

/* What is to be sent, and when. */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t between(int64_t low, int64_t value, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* When what is open has had the time to arrive. */
static int64_t paced(const struct bosh_session *s)
{
	int64_t pace = between(PACE_MIN_MS, s->rtt_ms / 2, PACE_MAX_MS), at = 0;

	for (unsigned n = 0; n < s->open; n++) {
		if (s->slots[n].state == SLOT_SENT)
			at = later(at, s->slots[n].sent + pace);
	}
	return at;
}

/* The oldest request that is to be sent (again). */
static struct slot *waiting_slot(const struct bosh_session *s)
{
	for (unsigned n = 0; n < s->open; n++) {
		if (s->slots[n].state == SLOT_WAITS)
			return (struct slot *)(uintptr_t)&s->slots[n];
	}
	return NULL;
}

/* When a new request is due. One that nothing holds is sent before somebody on the way ends the
 * one that is held: the server answers that one then. */
static int64_t fresh_due(const struct bosh_session *s, bool polls)
{
	if (s->open == WINDOW || s->terminated)
		return INT64_MAX;
	if (s->sid == NULL)
		return s->open == 0 ? 0 : INT64_MAX;
	if (s->first != NULL || s->closing)
		return paced(s);
	if (s->open == 0)
		return polls ? s->poll_at : INT64_MAX;
	return s->limit_ms > 0 ? s->slots[0].sent + s->limit_ms : INT64_MAX;
}

static int64_t send_due(const struct bosh_session *s, bool polls)
{
	const struct slot *slot = waiting_slot(s);

	if (s->ended)
		return INT64_MAX;
	return slot != NULL ? later(slot->again_at, paced(s)) : fresh_due(s, polls);
}

/* As much of what waits as goes into one body: a restart is alone. */
static char *take_stanzas(struct bosh_session *s)
{
	char *text = mem_alloc(s->waiting + 1);
	size_t len = 0;

	while (s->first != NULL && !s->first->restart &&
	       (len == 0 || len + s->first->len <= BODY_BYTES)) {
		memcpy(text + len, s->first->text, s->first->len);
		len += s->first->len;
		drop_first(s);
	}
	text[len] = '\0';
	return text;
}

static enum bosh_kind next_kind(const struct bosh_session *s)
{
	if (s->sid == NULL)
		return BOSH_CREATE;
	if (s->first != NULL)
		return s->first->restart ? BOSH_RESTART : BOSH_STANZAS;
	return s->closing ? BOSH_TERMINATE : BOSH_STANZAS;
}

static struct slot *fresh_slot(struct bosh_session *s)
{
	struct bosh_head head = { .kind = next_kind(s), .rid = s->rid++, .sid = s->sid, .to = s->to,
	                          .lang = s->lang, .wait_s = s->wait_ms / SECOND };
	struct slot *slot = &s->slots[s->open++];
	char *stanzas = NULL;

	if (head.kind == BOSH_RESTART)
		drop_first(s);
	else if (head.kind == BOSH_STANZAS)
		stanzas = take_stanzas(s);
	s->terminated = head.kind == BOSH_TERMINATE;
	slot->empty = head.kind == BOSH_STANZAS && *stanzas == '\0';
	slot->text = bosh_body_write(&head, stanzas == NULL ? "" : stanzas, &slot->request.len);
	slot->request.rid = head.rid;
	slot->request.text = slot->text;
	free(stanzas);
	return slot;
}

bool bosh_session_next(struct bosh_session *s, int64_t now, bool polls, struct bosh_request *r)
{
	struct slot *slot;

	if (send_due(s, polls) > now)
		return false;
	slot = waiting_slot(s);
	if (slot == NULL)
		slot = fresh_slot(s);
	slot->state = SLOT_SENT;
	slot->sent = now;
	*r = slot->request;
	return true;
}

static bool is_followed(const struct bosh_session *s, unsigned n)
{
	return n + 1 < s->open && s->slots[n + 1].state == SLOT_SENT;
}

/* A request is held for no longer than wait; and not at all once another one has come. */
static int64_t overdue_at(const struct bosh_session *s, unsigned n)
{
	int64_t sent = s->slots[n].sent;

	if (s->slots[n].state != SLOT_SENT)
		return INT64_MAX;
	if (is_followed(s, n))
		return later(sent, s->slots[n + 1].sent) +
		       (s->slots[n].overtaken ? OVERTAKEN_MS : ANSWER_MS);
	if (s->sid == NULL || s->terminated)
		return sent + ANSWER_MS;
	return sent + s->wait_ms + ANSWER_MS;
}

bool bosh_session_overdue(const struct bosh_session *s, int64_t now, int64_t *rid)
{
	for (unsigned n = 0; n < s->open && !s->ended; n++) {
		if (overdue_at(s, n) <= now) {
			*rid = s->slots[n].request.rid;
			return true;
		}
	}
	return false;
}

int64_t bosh_session_due(const struct bosh_session *s, bool polls)
{
	int64_t due = send_due(s, polls);

	for (unsigned n = 0; n < s->open && !s->ended; n++)
		due = sooner(due, overdue_at(s, n));
	return due;
}

/* What happens to requests. */

static struct slot *find(struct bosh_session *s, int64_t rid)
{
	for (unsigned n = 0; n < s->open; n++) {
		if (s->slots[n].request.rid == rid && s->slots[n].state == SLOT_SENT)
			return &s->slots[n];
	}
	return NULL;
}

/* False: it is no session that we can use. */
static bool take_creation(struct bosh_session *s, const struct bosh_body *b)
{
	if (b->sid == NULL || *b->sid == '\0') {
		end(s, BOSH_END_LOST, "the server's answer has no session id");
		return false;
	}
	if (b->requests >= 0 && b->requests < WINDOW) {
		end(s, BOSH_END_LOST, "the server takes one request at a time only");
		return false;
	}
	s->sid = mem_strdup(b->sid);
	if (b->wait >= 0)
		s->wait_ms = sooner(s->wait_ms, b->wait * SECOND);
	if (b->inactivity > 0)
		s->inactivity_ms = sooner(b->inactivity, INACTIVITY_MAX_S) * SECOND;
	if (b->polling > 0)
		s->polling_ms = between(POLLING_MIN_MS, b->polling * SECOND, POLLING_MAX_MS);
	log_info("session wait=%llds inactivity=%llds", (long long)(s->wait_ms / SECOND),
	         (long long)(s->inactivity_ms / SECOND));
	return true;
}

static void take_end(struct bosh_session *s, const struct bosh_body *b)
{
	char *text;

	if (xml_child(b->tree, "error", XML_STREAM_NS) != NULL) {
		end(s, BOSH_END_TOLD, "a stream error");
		return;
	}
	if (s->closing) {
		end(s, BOSH_END_CLOSED, "closed");
		return;
	}
	text = mem_printf("the server has ended the session: %.100s",
	                  b->condition != NULL ? b->condition : "it does not say why");
	end(s, BOSH_END_LOST, text);
	free(text);
}

static void take_body(struct bosh_session *s, const struct bosh_body *b)
{
	if (s->sid == NULL && !b->terminate && !take_creation(s, b))
		return;
	for (const struct xml *el = xml_first(b->tree); el != NULL; el = xml_following(el))
		s->events->child(s->arg, el);
	if (b->terminate)
		take_end(s, b);
	else if (s->closing && s->terminated && s->open == 0)
		end(s, BOSH_END_CLOSED, "closed");
}

/* A server that holds nothing is not asked without end. */
static int64_t next_poll(const struct bosh_session *s, const struct slot *slot, int64_t now)
{
	bool idle = slot->empty && xml_first(slot->answer.tree) == NULL;

	return later(now + GATHER_MS, idle ? slot->sent + s->polling_ms : 0);
}

/* Responses count in the order of their requests (section 14.2); the end of all at once. */
static void take_answers(struct bosh_session *s, int64_t now)
{
	struct slot slot;

	while (s->open > 0 && !s->ended && s->slots[0].state == SLOT_ANSWERED) {
		slot = s->slots[0];
		memmove(s->slots, s->slots + 1, (WINDOW - 1) * sizeof *s->slots);
		memset(&s->slots[--s->open], 0, sizeof *s->slots);
		s->poll_at = next_poll(s, &slot, now);
		take_body(s, &slot.answer);
		clear_slot(&slot);
	}
	for (unsigned n = 0; n < s->open && !s->ended; n++) {
		if (s->slots[n].state == SLOT_ANSWERED && s->slots[n].answer.terminate)
			take_body(s, &s->slots[n].answer);
	}
}

static void fail(struct bosh_session *s, struct slot *slot, int64_t now, const char *why)
{
	char *text;

	if (s->sid == NULL) {
		end(s, s->closing ? BOSH_END_CLOSED : BOSH_END_LOST, why);
		return;
	}
	if (s->failing_since < 0)
		s->failing_since = now;
	if (now - s->failing_since >= s->inactivity_ms) {
		text = mem_printf("no answer for %lld s: %s",
		                  (long long)((now - s->failing_since) / SECOND), why);
		end(s, BOSH_END_LOST, text);
		free(text);
		return;
	}
	slot->state = SLOT_WAITS;
	slot->again_at = now + backoff_ms(slot->copies++, AGAIN_MS, AGAIN_CAP_MS, backoff_random());
	log_debug("again rid=%lld: %s", (long long)slot->request.rid, why);
}

void bosh_session_answered(struct bosh_session *s, int64_t now, int64_t rid, int64_t rtt_ms,
                           const char *text, size_t len)
{
	struct slot *slot = find(s, rid);
	const char *why;

	if (slot == NULL || s->ended)
		return;
	if (!bosh_body_read(&slot->answer, text, len, &why)) {
		log_warn("an answer is none: %s bytes=%zu", why, len);
		if (++s->unreadable >= UNREADABLE_MAX)
			end(s, BOSH_END_LOST, "answers are no BOSH bodies");
		else
			fail(s, slot, now, why);
		return;
	}
	if (s->failing_since >= 0)
		log_info("answered again after_ms=%lld", (long long)(now - s->failing_since));
	s->unreadable = 0;
	s->failing_since = -1;
	if (rtt_ms >= 0 && (s->rtt_ms < 0 || rtt_ms < s->rtt_ms))
		s->rtt_ms = rtt_ms;
	slot->state = SLOT_ANSWERED;
	take_answers(s, now);
}

/* Somebody on the way does not let a request wait for as long as the server: that is not the
 * path's failure, but the next ones are turned over before. */
static bool is_time_out(struct bosh_session *s, const struct slot *slot, int64_t now)
{
	int64_t held = now - slot->sent;

	if (s->open != 1 || s->sid == NULL || held <= HELD_MIN_MS)
		return false;
	s->limit_ms = later(HELD_MIN_MS, held * 3 / 4);
	log_info("requests are ended on the way after_ms=%lld, now turned over after_ms=%lld",
	         (long long)held, (long long)s->limit_ms);
	return true;
}

void bosh_session_failed(struct bosh_session *s, int64_t now, int64_t rid, bool held,
                         const char *why)
{
	struct slot *slot = find(s, rid);

	if (slot == NULL || s->ended)
		return;
	if (slot->overtaken && now - slot->sent >= OVERTAKEN_MS) {
		/* ejabberd looks at the later one when something comes for us, or never. */
		end(s, BOSH_END_LOST, "the server keeps requests that came in the wrong order");
		return;
	}
	slot->overtaken = is_followed(s, (unsigned)(slot - s->slots));
	if (held && is_time_out(s, slot, now))
		s->failing_since = -1;
	else if (s->failing_since < 0 && s->sid != NULL)
		log_warn("no answer, asking again: %s", why);
	fail(s, slot, now, why);
}

void bosh_session_refused(struct bosh_session *s, const char *why)
{
	end(s, s->closing ? BOSH_END_CLOSED : BOSH_END_LOST, why);
}
