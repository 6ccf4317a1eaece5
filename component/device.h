/* The device table: who the devices are, which of their streams are there, and
 * what is known of them. A change is a record; device_apply() is the only way
 * that one gets in, live and at start. */
#ifndef COMPONENT_DEVICE_H
#define COMPONENT_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mfp.h"
#include "common/table.h"
#include "component/deadline.h"
#include "component/index.h"
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

/* Places in mfp_fact_names. */
enum {
	FACT_MANUFACTURER = 0, FACT_MODEL = 1, FACT_SERIAL = 2, FACT_FIRMWARE = 3, FACT_LOCATION = 4,
	FACT_MAC = 5, FACT_NAME = 6, FACT_ADDRESS = 7, FACT_HOST = 8
};

/* What is kept of a device that is not as it should be: warning.h. */
enum device_warning {
	WARNING_SERIAL, WARNING_COUNTER, WARNING_SHARED, DEVICE_WARNINGS
};

struct request;
struct component;
struct catalogue;
struct warning_memory;

/* What only a device needs for which something is under way. */
struct device_work {
	struct request *queue;          /* open requests, in the order they go out */
	unsigned n_open, in_flight;
	unsigned n_submitted;           /* of these, which are no campaign's */
	unsigned n_begun;               /* run at the device, for as long as they like */
	bool stalled;                   /* in route's list of those that wait for the link */
	struct device_work *next_stalled;
	struct deadline ask;            /* ask.c: it is asked again */
	struct device *device;
	struct component *owner;
};

/* There may be a million: what has no text takes no room, and most have no work. */
struct device {
	uint32_t number;                /* its place in the table */
	bool online;
	int64_t since, taken, received; /* wall ms */
	int64_t decommissioned;         /* wall ms; 0: it is in use */
	char *texts;                    /* all of the row's but the figures: device_text() */
	char *supplies, *counters, *status;

	/* Not in the row. */
	bool moved;                     /* decommissioned as its successor was there */
	bool shown;                     /* its stream has shown itself since our start */
	bool ask_waits, ask_sent;       /* ask.c: an IQ get <device/> that is due or under way */
	bool unreached;                 /* offline, and its server does not say so when it is asked */
	unsigned ask_attempt, ask_number;
	struct device *ask_prev, *ask_next;
	int64_t informed;               /* when its newest get-information was taken, wall ms */
	int64_t login;                  /* warning.c's: the newest, monotonic ms; 0: none */
	struct warning_memory *memory;  /* warning.c's; plain memory, NULL at first */
	char *others;                   /* presence.c's: streams beside its row's; mostly NULL */
	struct bucket submits;          /* of all operators */
	struct device_work *work;       /* NULL: there is none */
	struct catalogue *catalogue;    /* catalogue.h's: what it has said that it can; NULL: nothing */
	char jid[];                     /* bare */
};

struct devices {
	struct device **all;            /* in the order in which they came; a number is a place */
	size_t n, room;
	struct index by_jid, by_name;   /* by_name: names.h */
	struct device **sorted;         /* by JID, the first n_sorted that came: device_sorted() */
	size_t n_sorted;
	size_t n_decommissioned;
};

struct device *device_find(const struct devices *all, const char *bare);
void device_apply(struct devices *all, const char *const *row);
void devices_free(struct devices *all);

/* A text of its row, by its column; NULL: it has none. Good until its next row. */
const char *device_text(const struct device *d, enum device_column column);
const char *device_fact(const struct device *d, size_t fact);
/* All of them by column, NULL for none. */
void device_texts(const struct device *d, const char *texts[static DEV_COLUMNS]);
/* Whether it has this text. */
bool device_has(const struct device *d, enum device_column column, const char *text);
/* The device whose JID a column holds; NULL: none. */
struct device *device_linked(const struct devices *all, const struct device *d,
                             enum device_column column);

/* Its work, made if need be. */
struct device_work *device_work(struct device *d);
/* It may go: what was there to do may be done. */
void device_rest(struct device *d);
/* Its open requests, NULL for none. */
struct request *device_queue(const struct device *d);
unsigned device_in_flight(const struct device *d);
unsigned device_n_open(const struct device *d);
unsigned device_n_submitted(const struct device *d);

/* All of them by JID; good until a new one comes. */
struct device *const *device_sorted(struct devices *all);
/* The first of those whose JID is above this one, as an index. */
size_t device_after(struct devices *all, const char *jid);

/* A record with key and time set, for what follows. */
void device_record(struct record *rec, const char *jid, int64_t wall_ms);

#endif
