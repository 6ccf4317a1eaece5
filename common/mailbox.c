#include "common/mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void mailbox_init(struct mailbox *box)
{
	pthread_mutex_init(&box->lock, NULL);
	box->first = NULL;
	box->last = &box->first;
	box->bytes = 0;
}

size_t mailbox_put(struct mailbox *box, int kind, int detail, const char *text, size_t len)
{
	struct letter *l = mem_alloc(sizeof *l + len + 1);
	size_t bytes;

	l->next = NULL;
	l->kind = kind;
	l->detail = detail;
	l->len = len;
	memcpy(l->text, text, len);
	l->text[len] = '\0';
	pthread_mutex_lock(&box->lock);
	*box->last = l;
	box->last = &l->next;
	bytes = box->bytes += len;
	pthread_mutex_unlock(&box->lock);
	return bytes;
}

size_t mailbox_take(struct mailbox *box, struct letter **list)
{
	size_t bytes;

	pthread_mutex_lock(&box->lock);
	*list = box->first;
	bytes = box->bytes;
	box->first = NULL;
	box->last = &box->first;
	box->bytes = 0;
	pthread_mutex_unlock(&box->lock);
	return bytes;
}

size_t mailbox_bytes(struct mailbox *box)
{
	size_t bytes;

	pthread_mutex_lock(&box->lock);
	bytes = box->bytes;
	pthread_mutex_unlock(&box->lock);
	return bytes;
}

void mailbox_clear(struct mailbox *box)
{
	struct letter *l, *next;

	mailbox_take(box, &l);
	for (; l != NULL; l = next) {
		next = l->next;
		free(l);
	}
	pthread_mutex_destroy(&box->lock);
}
