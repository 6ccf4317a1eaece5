/* The device table: who the devices are, which of their streams are there, and
 * what is known of them. A change is a record; device_apply() is the only way
 * that one gets in, live and at start. */
#ifndef COMPONENT_DEVICE_H
#define COMPONENT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/mfp.h"
#include "common/table.h"
#include "component/deadline.h"
#include "component/names.h"
#include "component/quota.h"
#include "component/record.h"

enum device_column {
	DEV_DEVICE, DEV_TIME, DEV_VIA, DEV_UNIT, DEV_ONLINE, DEV_SINCE, DEV_STREAM,
	DEV_FACTS,                                     /* MFP_FACTS of them, by mfp_fact_names */
	DEV_CLIENT = DEV_FACTS + MFP_FACTS, DEV_TRANSPORT, DEV_TAKEN, DEV_RECEIVED,
	DEV_SUPPLIES, DEV_COUNTERS, DEV_STATUS,        /* XML of urn:platen:mfp:1 */
	DEV_DECOMMISSIONED, DEV_SUCCESSOR, DEV_PREDECESSOR,
	DEV_WARNINGS,                                  /* DEVICE_WARNINGS of them: "TIME TEXT" */
	DEV_COLUMNS = DEV_WARNINGS + 3
};
extern const struct table_schema device_schema;

#define DEVICE_STREAMS 4

/* Places in mfp_fact_names. */
enum {
	FACT_MANUFACTURER = 0, FACT_MODEL = 1, FACT_SERIAL = 2, FACT_LOCATION = 4, FACT_MAC = 5,
	FACT_NAME = 6, FACT_ADDRESS = 7, FACT_HOST = 8
};

/* What is kept of a device that is not as it should be: warning.h. */
enum device_warning {
	WARNING_SERIAL, WARNING_COUNTER, WARNING_SHARED, DEVICE_WARNINGS
};

struct request;
struct warning_memory;

struct device {
	char *jid;                      /* bare */
	char *via, *unit;
	bool online;
	int64_t since, taken, received; /* wall ms */
	char *stream;                   /* full JID: where requests go, or last went */
	char *facts[MFP_FACTS];
	char *client, *transport;
	char *supplies, *counters, *status;
	int64_t decommissioned;         /* wall ms; 0: it is in use */
	char *successor, *predecessor;  /* bare JIDs: the accounts of one device, renamed */
	char *warnings[DEVICE_WARNINGS];

	/* Not in the row. */
	int64_t informed;               /* when its newest get-information was taken, wall ms */
	struct warning_memory *memory;  /* warning.c's; plain memory, NULL at first */
	char *streams[DEVICE_STREAMS];  /* those that are available, the newest last */
	size_t n_streams;
	struct request *queue;          /* open requests, in the order they go out */
	unsigned n_open, in_flight;
	struct bucket submits;          /* of all operators */
	bool moved;                     /* decommissioned as its successor was there */
	bool stalled;                   /* in route's list of those that wait for the link */
	struct device *next_stalled;

	/* ask.c: an IQ get <device/> that is due or under way. */
	struct deadline ask;
	bool ask_waits, ask_sent;
	unsigned ask_attempt, ask_number;
	struct device *ask_prev, *ask_next;
	void *owner;

	UT_hash_handle hh;
};

struct devices {
	struct device *by_jid;
	struct names names;             /* what people call them */
	struct device **sorted;         /* by JID */
	size_t n, room;
	size_t n_decommissioned;
};

struct device *device_find(const struct devices *all, const char *bare);
void device_apply(struct devices *all, const char *const *row);
void devices_free(struct devices *all);

/* The first whose JID is above this one, as an index into sorted. */
size_t device_after(const struct devices *all, const char *jid);

/* A record with key and time set, for what follows. */
void device_record(struct record *rec, const char *jid, int64_t wall_ms);

#endif
