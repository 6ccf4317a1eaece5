/* Which request goes to its device, and when: one device's in order and as many
 * at a time as its window allows, devices in parallel. Holds the deadlines of
 * requests. */
#ifndef COMPONENT_ROUTE_H
#define COMPONENT_ROUTE_H

#include <stdint.h>

#include "component/component.h"

/* An open request takes its place in its device's queue: at the end, or in an emergency
 * before all that are none. It goes out when its row is on disk. */
void route_add(struct component *c, struct request *r);

/* The same, in the place of an older one that waits, which ends as superseded. */
void route_supersede(struct component *c, struct request *r, struct request *old);

/* One that only reads and waits, equal to the newer one that is to be accepted in operator,
 * command, arguments and priority; NULL: there is none. */
struct request *route_equal(const struct device *d, const struct life_new *n);

/* An ended one leaves it; its provisional end is kept for a while. */
void route_remove(struct component *c, struct request *r);

/* One that was read from disk with a provisional end. */
void route_keep(struct component *c, struct request *r);

/* Rows up to this ticket are on disk. */
void route_release(struct component *c, uint64_t ticket);

/* Sends what may go to this device now. */
void route_kick(struct component *c, struct device *d);

/* A stream of the device is gone, by its full JID (NULL: all of them, this
 * component's link is): what was under way on it waits again. */
void route_lost(struct component *c, struct device *d, const char *stream, const char *cause);

/* Its newest transmission came back undelivered. */
void route_bounced(struct component *c, struct request *r);

/* Its device has said that it runs, and perhaps how far it is (outcome: opaque, or NULL). */
void route_running(struct component *c, struct request *r, const char *outcome);

/* Its operator does not want it any more: it ends, or its device is told as it may have
 * arrived there. The ticket of the row that says so. */
uint64_t route_cancel(struct component *c, struct request *r, const char *operator_);

/* The device has shown itself: what runs there, or is being cancelled, is asked about. */
void route_ask_running(struct component *c, struct device *d);

/* The device is decommissioned: what waits for it ends. What is under way may
 * still be answered, and is not sent again. */
void route_cancel_all(struct component *c, struct device *d);

/* Rights have changed: what waits for its first transmission, or for another one, ends
 * where its operator may no longer submit it. */
void route_check_rights(struct component *c);

/* The link can take more again. */
void route_drained(struct component *c);

#endif
