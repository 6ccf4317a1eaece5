#include "component/execute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "component/outbox.h"
#include "component/stanza.h"

int64_t execute_clock(const struct component *c)
{
	return c->stats.started + clock_mono_ms() - c->started;
}

/* The earlier of the request's end and the end of all attempts left: who gets
 * the stanza later than this must not execute it any more. */
static int64_t not_after(const struct component *c, const struct request *r)
{
	int64_t attempts = r->timeout_s * 1000 * (r->max_attempts - r->attempts + 1);
	int64_t left = r->expires - clock_wall_ms();

	return execute_clock(c) + (attempts < left ? attempts : left);
}

void execute_send(struct component *c, const struct device *d, const struct request *r)
{
	char id[UUID7_STRING + 24], when[CLOCK_STRING];
	struct xml_writer w = { 0 };

	snprintf(id, sizeof id, "%s-%lld", r->id, (long long)r->transmission);
	stanza_open(&w, "iq", "set", device_text(d, DEV_STREAM), id);
	xml_open(&w, "operation", NS_OPERATION);
	xml_attr(&w, "id", r->id);
	xml_attr(&w, "command", r->columns[REQ_COMMAND]);
	xml_attr(&w, "not-after", clock_format(not_after(c, r), when));
	if (r->columns[REQ_ARGUMENTS] != NULL)
		xml_raw(&w, r->columns[REQ_ARGUMENTS]);
	xml_close(&w);
	xml_close(&w);
	outbox_send(c->outbox, 0, &w);
}

#define QUESTION "outcome-"

static void ask_about(struct component *c, const struct request *r, const char *type,
                      const char *element, const char *command, uint64_t ticket)
{
	char id[sizeof QUESTION + UUID7_STRING];
	struct xml_writer w = { 0 };

	snprintf(id, sizeof id, QUESTION "%s", r->id);
	stanza_open(&w, "iq", type, device_text(r->device, DEV_STREAM), id);
	xml_open(&w, element, NS_OPERATION);
	xml_attr(&w, "id", r->id);
	xml_attr(&w, "command", command);
	xml_close(&w);
	xml_close(&w);
	outbox_send(c->outbox, ticket, &w);
}

void execute_ask(struct component *c, const struct request *r)
{
	ask_about(c, r, "get", "outcome", NULL, 0);
}

void execute_cancel(struct component *c, const struct request *r)
{
	ask_about(c, r, "set", "cancel", r->columns[REQ_COMMAND], r->ticket);
}

bool execute_parse_question(const char *stanza_id, char id[static UUID7_STRING])
{
	size_t n = strlen(QUESTION);

	if (strncmp(stanza_id, QUESTION, n) != 0 || strlen(stanza_id) != n + UUID7_STRING - 1)
		return false;
	memcpy(id, stanza_id + n, UUID7_STRING);
	return uuid7_time(id, NULL);
}

bool execute_parse_id(const char *stanza_id, char id[static UUID7_STRING], int64_t *number)
{
	const char *digits = stanza_id + UUID7_STRING;
	size_t n = strlen(stanza_id);

	if (n <= UUID7_STRING || n > UUID7_STRING + 18 || stanza_id[UUID7_STRING - 1] != '-' ||
	    strspn(digits, "0123456789") != strlen(digits))
		return false;
	memcpy(id, stanza_id, UUID7_STRING - 1);
	id[UUID7_STRING - 1] = '\0';
	*number = strtoll(digits, NULL, 10);
	return uuid7_time(id, NULL);
}
