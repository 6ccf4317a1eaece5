/* The stream to the server, for a program that asks one thing after the other:
 * each call runs the loop until what it waits for is there. */
#ifndef OPERATOR_LINK_H
#define OPERATOR_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/xml.h"
#include "operator/fault.h"
#include "operator/settings.h"

struct link;

enum link_result {
	LINK_OK,
	LINK_ERROR,           /* the answer is a stanza error */
	LINK_TIMEOUT,
	LINK_LOST,            /* the stream has ended: link_connect() makes the next */
	LINK_INTERRUPTED      /* Ctrl-C, now or before */
};

/* settings must outlive it. From now on Ctrl-C is caught. link_free(NULL) is
 * nothing; it ends the stream properly. */
struct link *link_new(const struct settings *settings);
void link_free(struct link *l);

/* Logs in, within 20 s: LINK_OK, LINK_INTERRUPTED, else LINK_LOST with *f. */
enum link_result link_connect(struct link *l, const char *password, struct fault *f);

/* Sends an IQ of this type ("get", "set") with the payload to the component and
 * waits up to ms for its answer: with LINK_OK the whole IQ in *answer (the
 * caller frees it), with all others *f. */
enum link_result link_ask(struct link *l, const char *type, const char *payload, int64_t ms,
                          struct xml **answer, struct fault *f);

/* Sends an IQ to the component while there is a stream, and does not care for its answer. */
void link_tell(struct link *l, const char *type, const char *payload);

/* Sends an IQ set with each payload to the server or component `to`, and waits until all
 * are answered; n is at most LINK_QUESTIONS. ms is how long none of them may be. Whatever
 * has come is in the questions, whose answers the caller frees; if not all did, *f. */
#define LINK_QUESTIONS 16
struct link_question {
	const char *to, *payload;
	struct xml *answer;       /* the whole IQ, a result or an error; NULL: none came */
};
enum link_result link_ask_many(struct link *l, struct link_question *questions, size_t n,
                               int64_t ms, struct fault *f);

/* Waits up to ms for the next message of the component: LINK_OK and *message
 * (the caller frees it), LINK_TIMEOUT, LINK_LOST, LINK_INTERRUPTED. */
enum link_result link_wait(struct link *l, int64_t ms, struct xml **message);

/* How many messages were not kept, as too many came at once, since this was asked last. */
unsigned link_dropped(struct link *l);

/* Waits ms, keeping what comes: LINK_TIMEOUT, LINK_LOST or LINK_INTERRUPTED. */
enum link_result link_sleep(struct link *l, int64_t ms);

bool link_is_online(const struct link *l);

#endif
