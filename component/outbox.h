/* Stanzas that promise a row: they leave when the row is on disk. */
#ifndef COMPONENT_OUTBOX_H
#define COMPONENT_OUTBOX_H

#include <stdint.h>

#include "common/xml.h"
#include "component/component.h"

struct outbox *outbox_new(struct component *c);
void outbox_free(struct outbox *o);

/* Takes what the writer holds; ticket 0 waits for nothing. Stanzas with the same
 * or a smaller ticket than one before keep their order. */
void outbox_send(struct outbox *o, uint64_t ticket, struct xml_writer *w);

/* Rows up to this ticket are on disk. */
void outbox_release(struct outbox *o, uint64_t ticket);

#endif
