#include "test/bench/campaigns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE "600000"

static void start(struct campaigns *c, const char *glob)
{
	stream_printf(c->stream, "<iq type='set' to='%s' id='c%lu'>"
	    "<campaign xmlns='urn:platen:operation:1' command='get-supplies' rate='" RATE "'"
	    " rate-max='" RATE "' abort='0'><select device='%s@%s'/></campaign></iq>", c->target,
	    c->number++, glob, c->domain);
	c->open++;
}

void campaigns_begin(struct campaigns *c, struct stream *s, const char *target,
                     const char *domain, const char *glob)
{
	c->stream = s;
	c->target = target;
	c->domain = domain;
	c->open = c->ended = c->members = c->responded = 0;
	start(c, glob);
	start(c, "*");
}

static _Noreturn void fail(const char *what, const char *stanza, const char *end)
{
	fprintf(stderr, "%s: %.*s\n", what, (int)(end - stanza), stanza);
	exit(1);
}

static unsigned long number(const char *tag, const char *end, const char *name)
{
	return strtoul(stream_attr(tag, end, name).at, NULL, 10);
}

void campaigns_take(struct campaigns *c, const char *stanza, const char *end, bool again)
{
	const char *campaign = memmem(stanza, (size_t)(end - stanza), "<campaign ", 10);
	const char *counts = memmem(stanza, (size_t)(end - stanza), "<counts ", 8);
	struct piece status = { "", 0 };

	if (campaign != NULL)
		status = stream_attr(campaign, end, "status");
	if (counts == NULL || status.n != 8 || memcmp(status.at, "finished", 8) != 0)
		fail("no campaign's end", stanza, end);
	c->members += number(campaign, end, "members");
	c->responded += number(counts, end, "responded");
	c->open--;
	c->ended++;
	if (again)
		start(c, "*");
}
