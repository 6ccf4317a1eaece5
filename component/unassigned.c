#include "component/unassigned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "component/outbox.h"
#include "component/stanza.h"

#define LOG_MODULE "unassigned"

#define FACT_MAX 256
#define ID_PREFIX "unassigned-"

static bool is_of_own_host(const struct component *c, const char *bare)
{
	size_t n;
	const char *domain = jid_domain(bare, &n);

	for (char **h = c->config.hosts; h != NULL && *h != NULL; h++) {
		if (strlen(*h) == n && strncasecmp(*h, domain, n) == 0)
			return true;
	}
	return false;
}

static void free_entry(struct unassigned *all, struct unassigned_entry *e)
{
	HASH_DEL(all->by_jid, e);
	DL_DELETE(all->oldest, e);
	for (size_t i = 0; i < MFP_FACTS; i++)
		free(e->facts[i]);
	free(e->client);
	free(e->full);
	free(e->jid);
	free(e);
}

static struct unassigned_entry *find(const struct unassigned *all, const char *bare)
{
	struct unassigned_entry *e;

	HASH_FIND_STR(all->by_jid, bare, e);
	return e;
}

unsigned unassigned_count(const struct unassigned *all)
{
	return HASH_COUNT(all->by_jid);
}

static void make_room(struct component *c)
{
	struct unassigned *all = &c->unassigned;

	while (HASH_COUNT(all->by_jid) >= (unsigned)c->config.unassigned) {
		if (all->dropped++ == 0)
			log_warn("the list of unassigned devices is full: the longest unseen are dropped");
		free_entry(all, all->oldest);
	}
}

/* The one of this account, made if need be, and now the newest. */
static struct unassigned_entry *touch(struct component *c, const char *bare, const char *full)
{
	struct unassigned *all = &c->unassigned;
	struct unassigned_entry *e = find(all, bare);

	if (e == NULL) {
		make_room(c);
		e = mem_zero(1, sizeof *e);
		e->jid = mem_strdup(bare);
		e->first = clock_wall_ms();
		HASH_ADD_KEYPTR(hh, all->by_jid, e->jid, strlen(e->jid), e);
	} else {
		DL_DELETE(all->oldest, e);
	}
	DL_APPEND(all->oldest, e);
	e->last = clock_wall_ms();
	mem_set(&e->full, full);
	return e;
}

static void set_fact(char **fact, const char *value)
{
	if (value != NULL && strlen(value) <= FACT_MAX)
		mem_set(fact, value);
}

void unassigned_seen(struct component *c, const char *bare, const char *full,
                     const struct xml *facts)
{
	const struct device *d = device_find(&c->devices, bare);
	bool gone = d != NULL && d->decommissioned != 0 && units_of_device(c->units, bare) != NULL;
	struct unassigned_entry *e;

	if (jid_resource(full) == NULL || (!gone && !is_of_own_host(c, bare)))
		return;
	e = touch(c, bare, full);
	e->times++;
	e->reason = gone ? UNASSIGNED_DECOMMISSIONED : UNASSIGNED_NO_UNIT;
	for (size_t i = 0; facts != NULL && i < MFP_FACTS; i++)
		set_fact(&e->facts[i], xml_get(facts, mfp_fact_names[i]));
	if (facts != NULL)
		set_fact(&e->client, xml_get(facts, "client"));
}

void unassigned_take(struct component *c, const struct device *d)
{
	struct unassigned_entry *e = touch(c, d->jid, device_text(d, DEV_STREAM));

	e->reason = UNASSIGNED_DECOMMISSIONED;
	for (size_t i = 0; i < MFP_FACTS; i++)
		set_fact(&e->facts[i], device_fact(d, i));
	set_fact(&e->client, device_text(d, DEV_CLIENT));
}

const struct unassigned_entry *unassigned_find(const struct unassigned *all, const char *bare)
{
	return find(all, bare);
}

void unassigned_forget(struct component *c, const char *bare)
{
	struct unassigned_entry *e = find(&c->unassigned, bare);

	if (e != NULL)
		free_entry(&c->unassigned, e);
}

static void ask(struct component *c, struct unassigned_entry *e)
{
	struct xml_writer w = { 0 };
	char id[32];

	e->number = ++c->unassigned.last_number;
	snprintf(id, sizeof id, ID_PREFIX "%u", e->number);
	stanza_open(&w, "iq", "get", e->full, id);
	xml_element(&w, "device", NS_DEVICE, NULL);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

void unassigned_new_units(struct component *c)
{
	struct unassigned_entry *e;

	DL_FOREACH(c->unassigned.oldest, e) {
		const struct device *d = device_find(&c->devices, e->jid);

		if (units_of_device(c->units, e->jid) != NULL && (d == NULL || d->decommissioned == 0))
			ask(c, e);
	}
}

bool unassigned_is_question(const char *stanza_id)
{
	return strncmp(stanza_id, ID_PREFIX, strlen(ID_PREFIX)) == 0;
}

const struct unassigned_entry *unassigned_answer(struct unassigned *all, const char *full,
                                                 const char *bare, const char *stanza_id)
{
	struct unassigned_entry *e = find(all, bare);
	char id[32];

	if (e == NULL || e->number == 0 || strcmp(e->full, full) != 0)
		return NULL;
	snprintf(id, sizeof id, ID_PREFIX "%u", e->number);
	if (strcmp(id, stanza_id) != 0)
		return NULL;
	e->number = 0;
	return e;
}

void unassigned_free(struct unassigned *all)
{
	while (all->oldest != NULL)
		free_entry(all, all->oldest);
}
