/* A request on its way: submitted once, followed to its end, through lost
 * streams and restarts of the component. */
#ifndef OPERATOR_JOB_H
#define OPERATOR_JOB_H

#include "operator/progress.h"
#include "operator/recovery.h"
#include "operator/row.h"
#include "operator/session.h"

struct job {
	struct session *session;
	const char *payload;          /* the submit; its token makes a repeat safe */
	const char *device, *command;
	struct row_request row;       /* what is known; its id once submitted */
	struct progress progress;
	struct recovery recovery;
};

/* Until the component has the request: 0, or the exit status with *f (none
 * when interrupted). */
int job_submit(struct job *j, struct fault *f);

/* Asks once how it is: 0, or the exit status with *f. */
int job_ask(struct job *j, struct fault *f);

/* Until its end: as job_submit(). */
int job_wait(struct job *j, struct fault *f);

void job_clear(struct job *j);

#endif
