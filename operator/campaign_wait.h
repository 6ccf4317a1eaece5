/* A campaign on its way: started once, followed to its end, through lost streams and
 * restarts of the component. */
#ifndef OPERATOR_CAMPAIGN_WAIT_H
#define OPERATOR_CAMPAIGN_WAIT_H

#include "operator/progress.h"
#include "operator/recovery.h"
#include "operator/session.h"

struct campaign_wait {
	struct session *session;
	const char *payload;          /* what starts it; its token makes a repeat safe */
	struct xml *answer;           /* the newest IQ that tells of it */
	const struct xml *campaign;   /* the element in it */
	char *id;                     /* once it is known */
	char *said;                   /* the newest line */
	struct progress progress;
	struct recovery recovery;
};

/* Until the component has it: 0, or the exit status with *f (none when interrupted). */
int campaign_wait_start(struct campaign_wait *cw, struct fault *f);
/* Until its end, with a bar on a terminal, else a line each time that it has changed: the
 * same, or OUTPUT_GONE. */
int campaign_wait_end(struct campaign_wait *cw, struct fault *f);
void campaign_wait_clear(struct campaign_wait *cw);

#endif
