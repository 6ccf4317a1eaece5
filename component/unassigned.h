/* Who presents itself as a device and is none: no unit has it, or it is
 * decommissioned. A bounded list in memory, which those who try again make true
 * after a start. */
#ifndef COMPONENT_UNASSIGNED_H
#define COMPONENT_UNASSIGNED_H

#include "common/xml.h"
#include "component/component.h"

enum unassigned_reason { UNASSIGNED_NO_UNIT, UNASSIGNED_DECOMMISSIONED };

struct unassigned_entry {
	char *jid, *full;               /* bare; the stream it was last seen on */
	int64_t first, last;            /* wall ms */
	uint64_t times;
	enum unassigned_reason reason;  /* when it was last seen */
	char *facts[MFP_FACTS], *client;
	unsigned number;                /* of our question to it; 0: none waits */
	struct unassigned_entry *prev, *next;
	UT_hash_handle hh;
};

/* It was turned away. facts: its <device/>, or NULL. Only accounts of the
 * component's own hosts are listed, and what is decommissioned. */
void unassigned_seen(struct component *c, const char *bare, const char *full,
                     const struct xml *facts);
/* A device that is online is about to be decommissioned. */
void unassigned_take(struct component *c, const struct device *d);

/* NULL if it is not listed; good until the next change. */
const struct unassigned_entry *unassigned_find(const struct unassigned *all, const char *bare);
unsigned unassigned_count(const struct unassigned *all);
void unassigned_forget(struct component *c, const char *bare);

/* Who has a unit now is asked <device/>. */
void unassigned_new_units(struct component *c);
/* The entry that this answer is of, or NULL. */
const struct unassigned_entry *unassigned_answer(struct unassigned *all, const char *full,
                                                 const char *bare, const char *stanza_id);
/* Whether an id is one of our questions'. */
bool unassigned_is_question(const char *stanza_id);

void unassigned_free(struct unassigned *all);

#endif
