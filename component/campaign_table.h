/* The files of campaigns, below campaigns/: of each day (UTC) the campaigns that began then,
 * and of each campaign its members, in a table that bears its id. */
#ifndef COMPONENT_CAMPAIGN_TABLE_H
#define COMPONENT_CAMPAIGN_TABLE_H

#include "component/campaign.h"
#include "component/component.h"

#define CAMPAIGN_FOLDER "campaigns"
/* So long after its end a late outcome may change it; then it is on disk only. */
#define CAMPAIGN_HELD_MS INT64_C(86400000)

/* Whether the files of a new one can be used; else said in the log. */
bool campaign_table_ready(struct component *c, const char *id);

/* On its way to disk, and into the table. rec is the whole row, as campaign_record() made it.
 * lazy: nothing waits for it. */
struct campaign *campaign_commit(struct component *c, const struct record *rec, bool lazy);
struct member *campaign_member_commit(struct component *c, struct campaign *k,
                                      struct device *device, const struct record *rec, bool lazy);

/* Reads the campaigns that are not over for good, with their members. 0, or -1: said in
 * the log. */
int campaign_table_load(struct component *c);

/* The campaign of an id, from disk if it is not held, and then without its members: these
 * come by campaign_table_members(). Both block. NULL, false: there is none, or it is said in
 * the log. */
struct campaign *campaign_table_find(struct component *c, const char *id);
bool campaign_table_members(struct component *c, struct campaign *k);

/* Its members' table is merged; then it is forgotten, and its day may be sealed. Nothing
 * happens if it goes on meanwhile. */
void campaign_table_retire(struct component *c, struct campaign *k);

#endif
