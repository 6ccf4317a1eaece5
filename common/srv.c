#include "common/srv.h"

#include <ares.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void take(struct srv_answer *answer, const struct ares_srv_reply *from, int kind)
{
	struct srv_record *r;

	if (from->host == NULL || *from->host == '\0') {
		answer->none = true;
		return;
	}
	if (from->port == 0 || !endpoint_is_name(from->host)) {
		answer->bad++;
		return;
	}
	if (answer->n == SRV_RECORDS) {
		answer->more++;
		return;
	}
	r = &answer->list[answer->n++];
	strcpy(r->host, from->host);
	r->port = from->port;
	r->priority = from->priority;
	r->weight = from->weight;
	r->kind = kind;
}

bool srv_read(struct srv_answer *answer, const unsigned char *message, size_t len, int kind)
{
	struct ares_srv_reply *list = NULL;

	memset(answer, 0, sizeof *answer);
	if (len > INT_MAX || ares_parse_srv_reply(message, (int)len, &list) != ARES_SUCCESS)
		return false;
	for (const struct ares_srv_reply *r = list; r != NULL; r = r->next)
		take(answer, r, kind);
	ares_free_data(list);
	return true;
}

/* Those without weight come first among equals: so RFC 2782 wants it, before drawing. */
static int compare(const void *a, const void *b)
{
	const struct srv_record *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return (x->weight != 0) - (y->weight != 0);
}

static size_t draw(const struct srv_record *list, size_t n, double random)
{
	uint32_t sum = 0, running = 0, limit;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		sum += list[k].weight;
	limit = (uint32_t)(random * ((double)sum + 1));
	while (i + 1 < n && (running += list[i].weight) < limit)
		i++;
	return i;
}

void srv_order(struct srv_record *list, size_t n, double (*random)(void))
{
	qsort(list, n, sizeof *list, compare);
	for (size_t i = 0; i < n; i++) {
		struct srv_record drawn;
		size_t equals = 1, at;

		while (i + equals < n && list[i + equals].priority == list[i].priority)
			equals++;
		at = i + draw(list + i, equals, random());
		drawn = list[at];
		memmove(list + i + 1, list + i, (at - i) * sizeof *list);
		list[i] = drawn;
	}
}
