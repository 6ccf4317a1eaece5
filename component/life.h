/* The life of a request: every arrow between its states, each a record; arrow.h
 * has the table of them. Knows neither XML, nor files, nor sockets. */
#ifndef COMPONENT_LIFE_H
#define COMPONENT_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "component/record.h"
#include "component/request.h"

struct life {
	struct requests *requests;
	/* Appends a row to the journal: its ticket. */
	uint64_t (*append)(void *arg, const char *const *row);
	/* The same for one that nobody waits for: a crash of the machine may lose it. */
	void (*append_lazy)(void *arg, const char *const *row);
	/* It has ended, or a late outcome has replaced a provisional end. */
	void (*ended)(void *arg, struct request *r, uint64_t ticket);
	void *arg;
};

/* Numbers of transmissions go on this far above the disk's after a restart: a
 * transmitted row need not be on disk when its stanza leaves. */
#define LIFE_TRANSMISSION_GAP 100
/* After this many bounces in a row the device counts as unreachable. */
#define LIFE_BOUNCES 10

struct life_new {
	const char *id;
	const char *device, *via, *command, *operator_, *asked_by, *unit, *token, *arguments;
	const char *priority;
	const char *campaign;              /* its id, or NULL */
	int64_t timeout_s, max_attempts, expires_s;
};

/* What a device answered. */
struct life_outcome {
	/* RESPONDED FAILED REFUSED UNKNOWN EXPIRED CANCELLED */
	enum request_status status;
	const char *condition, *text;      /* of an error, or NULL */
	const char *outcome;               /* opaque, or NULL */
};

struct request *life_accept(struct life *l, const struct life_new *n);
/* A transmission begins: its number is r->transmission afterwards. */
void life_transmit(struct life *l, struct request *r);
/* Not delivered, as far as is known (offline, component was away): waits again. */
void life_requeue(struct life *l, struct request *r, const char *cause);
/* As life_requeue(), but counted: false if it was one too many and has ended. */
bool life_bounce(struct life *l, struct request *r);
/* No answer in time. True if it is to be transmitted again, else it has ended. */
bool life_silent(struct life *l, struct request *r);
void life_expire(struct life *l, struct request *r);
/* The device executes it, and its outcome follows: it is queued or transmitted. outcome:
 * opaque. */
void life_run(struct life *l, struct request *r, const char *outcome);
/* It is running or cancelling, and its device says so again; outcome NULL: nothing new. */
void life_progress(struct life *l, struct request *r, const char *outcome);
/* It is running or cancelling, and nothing was heard of it for too long. */
void life_abandon(struct life *l, struct request *r);
/* It is open, and nothing is sent any more. error: "condition text". The row's ticket. */
uint64_t life_cancel(struct life *l, struct request *r, const char *cause, const char *error);
/* It was sent, and its device is to be told. The row's ticket. */
uint64_t life_cancelling(struct life *l, struct request *r);
/* The ticket of its row; 0: it was finally ended before, nothing has changed. */
uint64_t life_answer(struct life *l, struct request *r, const struct life_outcome *o);
/* For an open request that was read from disk. */
void life_resume(struct life *l, struct request *r);

#endif
