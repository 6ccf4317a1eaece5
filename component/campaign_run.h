/* Campaigns under way: who is asked next, what becomes of it, and what operators order. */
#ifndef COMPONENT_CAMPAIGN_RUN_H
#define COMPONENT_CAMPAIGN_RUN_H

#include "component/campaign.h"
#include "component/component.h"

/* One that begins: rec is its row, without what its members say. devices by JID. */
struct campaign *campaign_run_start(struct component *c, struct record *rec,
                                    struct device *const *devices, size_t n);

/* What an operator (by: his bare JID) orders. Each is done already where it changes nothing;
 * k->ticket is on disk when it is. False: it has ended, or is about to. */
bool campaign_run_pause(struct component *c, struct campaign *k, const char *by);
bool campaign_run_resume(struct component *c, struct campaign *k, const char *by);
bool campaign_run_cancel(struct component *c, struct campaign *k, const char *by);
/* Those that failed wait again, and those that were cancelled as the right was missing; after
 * an abort also those that it has kept from being asked. */
bool campaign_run_retry(struct component *c, struct campaign *k, const char *by);

/* A request has ended, or a late outcome has replaced its end. */
void campaign_run_ended(struct component *c, const struct request *r);

/* A member is as its request is, of which *status and error are known. */
void campaign_run_set(struct component *c, struct campaign *k, struct member *m,
                      enum member_status status, const char *error);
/* Looks at it in this turn of the loop. */
void campaign_run_soon(struct component *c, struct campaign *k);

/* As campaign_table_find(), and it is let go again. */
struct campaign *campaign_run_find(struct component *c, const char *id);

/* The rights that its command needs in a unit: a set of enum unit_right. */
unsigned campaign_run_needs(const struct component *c, const char *command);

/* When all of what is left is asked for, wall ms; 0: that is not known. */
int64_t campaign_run_estimate(const struct campaign *k);

void campaign_run_free(struct component *c);

#endif
