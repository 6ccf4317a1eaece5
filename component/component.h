/* What the parts of platend share: one of these a process. */
#ifndef COMPONENT_COMPONENT_H
#define COMPONENT_COMPONENT_H

#include <uv.h>

#include "common/store.h"
#include "common/uuid7.h"
#include "component/campaign.h"
#include "component/config.h"
#include "component/deadline.h"
#include "component/device.h"
#include "component/life.h"
#include "component/link.h"
#include "component/quota.h"
#include "component/request.h"
#include "component/stats.h"
#include "component/token.h"
#include "component/units.h"

#define NS_OPERATION "urn:platen:operation:1"
#define NS_DEVICE "urn:platen:device:1"
#define NS_KEEPALIVE "urn:platen:keepalive:1"
#define NS_AUDIT "urn:platen:audit:1"

struct outbox;
struct catalogue;
struct unassigned_entry;
struct queries;
struct ask;
struct metrics;
struct seal;
struct watcher;

struct component {
	struct config config;
	struct units *units;
	uv_loop_t *loop;
	char instance[UUID7_STRING];      /* new at each start */
	int64_t started;                  /* monotonic ms */

	struct store *store;
	struct link *link;
	struct outbox *outbox;
	struct deadlines deadlines;

	struct requests requests;
	struct tokens tokens;
	struct quotas quotas;
	struct denials strangers;         /* of all who are no operators */
	struct life life;
	struct campaigns campaigns;
	struct devices devices;
	struct store_file *device_file;
	struct store_file *journal_file;  /* journal.c's: of the day it used last */
	int64_t journal_day;

	struct request *unsynced, **unsynced_tail;   /* accepted, their row not yet on disk */
	struct request *provisional;                 /* ended so, the oldest first */
	unsigned n_provisional;
	struct device_work *stalled;                 /* wait until the link has room */

	struct unassigned {
		struct unassigned_entry *by_jid, *oldest;
		unsigned last_number;
		uint64_t dropped;         /* for want of room */
	} unassigned;
	struct catalogues {
		struct catalogue *by_hash;
		size_t bytes;             /* of memory for all, about */
	} catalogues;
	struct ask *ask;
	struct queries *queries;
	struct watcher *watchers;         /* by full JID */
	struct seal *seal;
	struct metrics *metrics;          /* NULL: none are served */
	struct deadline ping;
	int64_t ping_sent;                /* monotonic ms; 0: none that waits for its answer */
	bool stopping;                    /* nothing is answered any more */
	bool failed;                      /* there is no use in going on */
	void (*state_changed)(bool is_online);

	uv_prepare_t before_poll;
	uv_timer_t next_deadline;

	/* For the log when it stops, and for who asks. */
	uint64_t dropped_outcomes;
	struct stats stats;
};

/* Opens the tables and begins to connect, with configuration, units and
 * state_changed() set. 0, or -1: said in the log; component_stop() it all the
 * same. When it fails later it sets failed and stops the loop. */
int component_start(struct component *c, uv_loop_t *loop);

/* Brings everything to disk, closes the stream, runs the loop until nothing is
 * left of this. 0, or -1 if rows were lost. */
int component_stop(struct component *c);

#endif
