/* The request table. It holds what is live: open requests, and those whose end
 * is provisional, because a real outcome may still replace it. A change is a
 * record; request_apply() is the only way that one gets in, live and at start.
 * Arguments and outcomes are opaque text here. */
#ifndef COMPONENT_REQUEST_H
#define COMPONENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "common/table.h"
#include "common/uuid7.h"
#include "component/deadline.h"
#include "component/record.h"
#include "component/columns.h"

enum request_status {
	QUEUED, TRANSMITTED, RUNNING, CANCELLING,
	RESPONDED, FAILED, REFUSED,                     /* final ends */
	UNKNOWN, EXPIRED, NO_RESPONSE, CANCELLED,       /* provisional ends */
	REQUEST_STATUSES
};
const char *request_status_name(enum request_status status);
/* False for a name that is none. */
bool request_status_parse(const char *name, enum request_status *status);

enum request_column {
	REQ_ID, REQ_TIME, REQ_STATUS, REQ_CAUSE, REQ_COMMAND, REQ_DEVICE, REQ_VIA, REQ_OPERATOR,
	REQ_ASKED_BY, REQ_UNIT, REQ_CREATED, REQ_TRANSMITTED, REQ_RESPONDED, REQ_ENDED,
	REQ_RESPONSE_MS, REQ_TRANSMISSION, REQ_ATTEMPTS, REQ_MAX_ATTEMPTS, REQ_TIMEOUT, REQ_EXPIRES,
	REQ_PRIORITY, REQ_LATE, REQ_TOKEN, REQ_CAMPAIGN, REQ_SCHEDULE, REQ_TOLD, REQ_ERROR,
	REQ_ARGUMENTS, REQ_OUTCOME,
	REQ_COLUMNS
};
extern const struct table_schema request_schema;

struct device;

struct request {
	char id[UUID7_STRING];
	enum request_status status;
	const char *columns[REQ_COLUMNS];   /* the merged row, as text; NULL: empty */
	struct columns_memory memory;   /* where they are */
	int64_t created, expires;       /* wall ms */
	int64_t transmission, attempts, max_attempts, timeout_s;

	/* Not in the row. */
	uint64_t ticket;                /* of the row that accepted, resumed or cancels it: store.h */
	int64_t sent;                   /* monotonic ms of the newest transmission; 0: none */
	int64_t running, heard;         /* monotonic ms: it began to run; a word of its device came */
	int64_t noted;                  /* and one of these became a row */
	int64_t limit_s;                /* so long it may run without a word */
	bool read_only;
	bool unsynced;                  /* in route's list of those whose row is not on disk */
	bool begun;                     /* it runs, or ran when it was to be cancelled */
	bool told;                      /* its device, that it is to be cancelled */
	bool may_be_sent;               /* in an earlier life, whose row of it was lost */
	bool asked;                     /* its device was asked what became of it */
	char *stream;                   /* the full JID that it went to; NULL: none */
	unsigned bounces;               /* in a row */
	bool in_flight;                 /* holds a place of its device's window */
	struct deadline deadline;
	struct device *device;          /* whose queue it is in; NULL when ended */
	struct request *prev, *next;    /* in that queue, or among the provisional ends */
	struct request *next_unsynced;
	void *owner;

	UT_hash_handle hh;
};

struct request_day;

struct requests {
	struct request *by_id;
	struct request_day *by_day;     /* how many the table has of each day */
	size_t bytes;                   /* of memory for all columns' text */
	unsigned n[REQUEST_STATUSES];   /* how many have each status */
};

bool request_is_open(const struct request *r);
bool request_is_final(const struct request *r);
/* It may have been, in this life or an earlier one, and so may have arrived. */
bool request_was_sent(const struct request *r);

struct request *request_find(const struct requests *all, const char *id);

/* The days (UTC, of ids) of which the table has requests: midnights in wall ms, the
 * caller frees them. Returns how many. */
size_t request_days(const struct requests *all, int64_t **midnights);
bool request_has_day(const struct requests *all, int64_t midnight);

/* Applies a row; makes the request if it is new. Returns it. */
struct request *request_apply(struct requests *all, const char *const *row);

/* Lets the texts go that only the row on disk needs to hold: arguments and outcome. */
void request_slim(struct requests *all, struct request *r);

/* Takes it out of the table and frees it. It must be in no queue or heap. */
void request_forget(struct requests *all, struct request *r);
void requests_free(struct requests *all);

#endif
