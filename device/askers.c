#include "device/askers.h"

#include <stdlib.h>

#include "common/mem.h"

#define ASKERS 8

struct asker {
	struct asker *next;
	char *from, *id;
};

static void drop_first(struct askers *a)
{
	struct asker *first = a->first;

	a->first = first->next;
	a->n--;
	free(first->from);
	free(first->id);
	free(first);
}

void askers_add(struct askers *a, const struct xml *iq)
{
	struct asker *one = mem_zero(1, sizeof *one), **tail = &a->first;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = one;
	one->from = mem_strdup(xml_get(iq, "from"));
	one->id = mem_strdup(xml_get(iq, "id"));
	if (++a->n > ASKERS)
		drop_first(a);
}

void askers_answer(struct askers *a, struct stream *stream, const char *payload)
{
	for (; a->first != NULL; drop_first(a)) {
		struct xml_writer w = { 0 };

		answer_open(&w, a->first->from, a->first->id);
		xml_raw(&w, payload);
		xml_close(&w);
		stream_send(stream, &w);
	}
}

void askers_error(struct askers *a, struct stream *stream, enum answer error, const char *text)
{
	for (; a->first != NULL; drop_first(a)) {
		struct xml_writer w = { 0 };

		answer_error(&w, a->first->from, a->first->id, error, text);
		stream_send(stream, &w);
	}
}

void askers_clear(struct askers *a)
{
	while (a->first != NULL)
		drop_first(a);
}
