/* Texts from one thread to another, in order. */
#ifndef COMMON_MAILBOX_H
#define COMMON_MAILBOX_H

#include <pthread.h>
#include <stddef.h>

struct letter {
	struct letter *next;
	int kind, detail;        /* the owner's */
	size_t len;
	char text[];             /* with a NUL behind it */
};

struct mailbox {
	pthread_mutex_t lock;
	struct letter *first, **last;
	size_t bytes;
};

void mailbox_init(struct mailbox *box);
/* Copies the text. Returns how many bytes of text now wait. */
size_t mailbox_put(struct mailbox *box, int kind, int detail, const char *text, size_t len);
/* All that waits, the oldest first, into *list; the caller frees each. Returns
 * its bytes. */
size_t mailbox_take(struct mailbox *box, struct letter **list);
size_t mailbox_bytes(struct mailbox *box);
/* Frees what is left in it. */
void mailbox_clear(struct mailbox *box);

#endif
