#include "test/model/campaigns.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "test/model/shadow.h"
#include "test/unit/component_fixture.h"

#define PROMISES 20
/* Of shadows, so that submits find room. */
#define ROOM 40

/* Ids that were in an answer: on disk, whatever is lost. */
static char promised[PROMISES][UUID7_STRING];
static unsigned n_promised, n_crashes;

char *campaigns_start(const struct event *e)
{
	static const unsigned expires[] = { 20, 300 };

	if (n_shadows > SHADOWS - ROOM || HASH_COUNT(fixture.campaigns.by_id) >= 3)
		return NULL;
	return mem_printf("<iq type='set' id='k' " FROM_ALICE "><campaign "
	                  "xmlns='urn:platen:operation:1' command='get-supplies' rate='%u' abort='%u' "
	                  "abort-after='1' timeout='5' attempts='1' expires='%u'><select "
	                  "device='mfp-*@example.com'/></campaign></iq>", e->a % 2 == 0 ? 60 : 600000,
	                  e->b % 4 == 0 ? 50 : 0, expires[e->c % 2]);
}

char *campaigns_order(const struct event *e)
{
	static const char *const orders[] = { "pause", "resume", "cancel", "retry", "retry", "retry" };
	const struct campaign *k = fixture.campaigns.by_id;

	for (unsigned i = e->a % 3; i > 0 && k != NULL && k->hh.next != NULL; i--)
		k = k->hh.next;
	if (k == NULL || n_shadows > SHADOWS - ROOM)
		return NULL;
	return mem_printf("<iq type='set' id='k' " FROM_ALICE "><campaign "
	                  "xmlns='urn:platen:operation:1' id='%s' action='%s'/></iq>", k->id,
	                  orders[e->b % 6]);
}

void campaigns_said(const struct xml *el, bool ended)
{
	const char *id = xml_get(el, "id");
	const struct campaign *k = campaign_find(&fixture.campaigns, id);

	if (k == NULL)
		model_fail(NULL, "campaign %s is told of, and is not there", id);
	if (ended && xml_get(el, "ended") == NULL)
		model_fail(NULL, "campaign %s is told to have ended, and has not", id);
	for (unsigned i = 0; i < n_promised; i++) {
		if (strcmp(promised[i], id) == 0)
			return;
	}
	if (n_promised < PROMISES)
		memcpy(promised[n_promised++], id, UUID7_STRING);
}

static bool is_of(const struct shadow *s, const struct campaign *k, const struct member *m)
{
	return s->exists && strcmp(shadow_column(s, REQ_CAMPAIGN), k->id) == 0 &&
	       strcmp(shadow_column(s, REQ_DEVICE), m->device->jid) == 0;
}

/* As many requests as it says, of which only the newest may be open. One that had ended
 * before it was sent may be one that no member's row tells of, and one that a crash took
 * may have been counted when it was tried again before that. */
static void check_member(const struct campaign *k, const struct member *m)
{
	unsigned n = 0, open = 0, unsent = 0;
	const struct shadow *newest = NULL;

	for (const struct shadow *s = shadows; s < shadows + n_shadows; s++) {
		if (!is_of(s, k, m))
			continue;
		n++;
		open += shadow_is_open(s);
		unsent += !shadow_is_open(s) && s->sent == 0;
		if (strcmp(s->id, m->request) == 0)
			newest = s;
	}
	/* One that had ended before it was sent may be lost in a crash. */
	if (*m->request != '\0' && newest == NULL && (m->status == MEMBER_OPEN || n_crashes == 0))
		model_fail(NULL, "campaign %s: the request %s of %s is not there", k->id, m->request,
		           m->device->jid);
	if (m->attempts > n + n_crashes || m->attempts + unsent < n)
		model_fail(newest, "campaign %s asked %s %u times, and says %u, %s", k->id, m->device->jid,
		           n, m->attempts, member_status_name(m->status));
	if (open > 1 || (open == 1) != (m->status == MEMBER_OPEN))
		model_fail(newest, "campaign %s has %u open requests for %s, which is %s", k->id, open,
		           m->device->jid, member_status_name(m->status));
	if (m->status >= MEMBER_OPEN && newest != NULL &&
	    m->status != member_status_of(newest->said.status))
		model_fail(newest, "its member is %s", member_status_name(m->status));
}

static void check_one(const struct campaign *k)
{
	size_t count[MEMBER_STATUSES] = { 0 };

	if (k->n != k->n_expected)
		model_fail(NULL, "campaign %s has %zu of %zu members", k->id, k->n, k->n_expected);
	for (size_t i = 0; i < k->n; i++) {
		count[k->members[i].status]++;
		check_member(k, &k->members[i]);
	}
	if (memcmp(count, k->counts, sizeof count) != 0)
		model_fail(NULL, "campaign %s does not add up", k->id);
	if (campaign_has_ended(k) && (count[MEMBER_WAITING] > 0 || k->ended == 0))
		model_fail(NULL, "campaign %s has ended, and some wait", k->id);
}

void campaigns_check(void)
{
	for (const struct campaign *k = fixture.campaigns.by_id; k != NULL; k = k->hh.next)
		check_one(k);
	for (const struct shadow *s = shadows; s < shadows + n_shadows; s++) {
		const char *id = shadow_column(s, REQ_CAMPAIGN);

		if (s->exists && *id != '\0' && campaign_find(&fixture.campaigns, id) == NULL)
			model_fail(s, "its campaign is not there");
	}
	for (unsigned i = 0; i < n_promised; i++) {
		if (campaign_find(&fixture.campaigns, promised[i]) == NULL)
			model_fail(NULL, "campaign %s was promised, and is lost", promised[i]);
	}
}

void campaigns_crash(void)
{
	n_crashes++;
}

void campaigns_reset(void)
{
	n_promised = n_crashes = 0;
}
