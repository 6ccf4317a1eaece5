/* The table of campaigns: one command for many devices, which are asked one after the
 * other. It holds those that are not over for good, with their members. A change is a
 * record; campaign_apply() and campaign_member_apply() are the only ways in, live and at
 * start. Knows neither XML, nor files, nor how fast. */
#ifndef COMPONENT_CAMPAIGN_H
#define COMPONENT_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/table.h"
#include "common/uuid7.h"
#include "component/deadline.h"
#include "component/record.h"
#include "component/request.h"
#include "component/rollout.h"

/* How many may not have ended, of one operator and of all, and the members of one and of all
 * that are held. */
#define CAMPAIGNS_OPERATOR 10
#define CAMPAIGNS_MAX 300
#define CAMPAIGN_MEMBERS_MAX 1000000
#define CAMPAIGNS_MEMBERS_MAX 2000000

/* Those from CAMPAIGN_FINISHED on have ended. */
enum campaign_status {
	CAMPAIGN_RUNNING, CAMPAIGN_PAUSED,
	CAMPAIGN_CANCELLING, CAMPAIGN_ABORTING,        /* nobody is asked any more */
	CAMPAIGN_FINISHED, CAMPAIGN_CANCELLED, CAMPAIGN_ABORTED,
	CAMPAIGN_STATUSES
};
const char *campaign_status_name(enum campaign_status status);
/* False for a name that is none. */
bool campaign_status_parse(const char *name, enum campaign_status *status);

/* Those from MEMBER_RESPONDED on are the ends of a request, in their order. */
enum member_status {
	MEMBER_WAITING, MEMBER_OPEN, MEMBER_RESPONDED, MEMBER_FAILED, MEMBER_REFUSED, MEMBER_UNKNOWN,
	MEMBER_EXPIRED, MEMBER_NO_RESPONSE, MEMBER_CANCELLED,
	MEMBER_STATUSES
};
const char *member_status_name(enum member_status status);
bool member_status_parse(const char *name, enum member_status *status);
/* What a request of this status makes of its member. */
enum member_status member_status_of(enum request_status status);
/* Whether an end counts against the abort rule, and is tried again. */
bool member_status_is_failure(enum member_status status);

enum campaign_column {
	CAMP_ID, CAMP_TIME, CAMP_STATUS, CAMP_CAUSE, CAMP_BY, CAMP_NAME, CAMP_COMMAND, CAMP_OPERATOR,
	CAMP_ASKED_BY, CAMP_UNITS, CAMP_SELECT, CAMP_RATE, CAMP_GROWTH, CAMP_RATE_MAX, CAMP_ABORT,
	CAMP_ABORT_AFTER, CAMP_TIMEOUT, CAMP_ATTEMPTS, CAMP_EXPIRES, CAMP_TOKEN, CAMP_CREATED,
	CAMP_ENDED, CAMP_RATE_NOW, CAMP_MEMBERS,
	CAMP_COUNTS,                                   /* MEMBER_STATUSES of them */
	CAMP_ARGUMENTS = CAMP_COUNTS + MEMBER_STATUSES,
	CAMP_COLUMNS
};
extern const struct table_schema campaign_schema;

enum member_column {
	MEMBER_DEVICE, MEMBER_TIME, MEMBER_UNIT, MEMBER_STATUS, MEMBER_REQUEST, MEMBER_ATTEMPTS,
	MEMBER_ERROR,
	MEMBER_COLUMNS
};
extern const struct table_schema member_schema;

struct device;

/* There may be a million. */
struct member {
	struct device *device;
	char *error;                    /* "condition text", cut; NULL: none */
	char request[UUID7_STRING];     /* the newest; "" for none */
	uint8_t status;
	bool seen;                      /* at the start: its request was found */
	uint16_t attempts;              /* requests that were made for it */
};

struct component;
struct store_file;

struct campaign {
	char id[UUID7_STRING];
	enum campaign_status status;
	char *columns[CAMP_COLUMNS];    /* as text; NULL: empty */
	int64_t created, ended;         /* wall ms; 0: not yet */
	int64_t timeout_s, attempts, expires_s;
	struct rollout rollout;
	struct member *members;         /* by device */
	size_t n, room, n_expected;
	size_t counts[MEMBER_STATUSES];

	/* Not in the row. */
	bool loaded;                    /* its members are here */
	size_t next;                    /* no member ahead of it waits */
	uint64_t ticket;                /* of its newest row */
	struct store_file *file;        /* its members'; NULL: not used yet */
	struct deadline deadline;
	bool retiring;                  /* its members are being merged, for good */
	struct component *owner;
	UT_hash_handle hh;
};

struct campaigns {
	struct campaign *by_id;
	size_t n_members;               /* of all that are held */
};

bool campaign_has_ended(const struct campaign *k);
struct campaign *campaign_find(const struct campaigns *all, const char *id);
/* How many have not ended, that this operator has started; NULL: anybody. */
size_t campaigns_live(const struct campaigns *all, const char *operator_);
/* The days of which the table has campaigns: as request_days(). */
size_t campaigns_days(const struct campaigns *all, int64_t **midnights);
bool campaigns_have_day(const struct campaigns *all, int64_t midnight);

/* Applies a whole row; makes the campaign if it is new. Returns it. */
struct campaign *campaign_apply(struct campaigns *all, const char *const *row);
/* A record that is its row as it is, with what changes now. */
void campaign_record(const struct campaign *k, struct record *rec, int64_t wall_ms);

/* The member of a bare JID, or NULL. */
struct member *campaign_member(const struct campaign *k, const char *jid);
/* Applies a member's row; makes the member if it is new. Returns it; members move. */
struct member *campaign_member_apply(struct campaigns *all, struct campaign *k,
                                     struct device *device, const char *const *row);
/* How many have ended otherwise than by being cancelled, and badly. */
size_t campaign_n_ended(const struct campaign *k);
size_t campaign_n_failed(const struct campaign *k);

/* Its members' memory; and all of it. It must be in no heap. */
void campaign_unload(struct campaigns *all, struct campaign *k);
void campaign_forget(struct campaigns *all, struct campaign *k);

#endif
