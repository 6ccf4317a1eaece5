/* Operations to outcomes: each id once, however often it is asked. What changes something
 * is on disk before it is executed, and its outcome before it is answered; so is what was
 * cancelled. */
#ifndef DEVICE_EXECUTE_H
#define DEVICE_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "device/answer.h"
#include "device/source.h"
#include "device/stream.h"

struct execute;

struct execute_options {
	/* The directory of the journal of commands that change something; NULL: they are
	 * refused. */
	const char *state;
	/* After so long such a command is told to be in progress. */
	int64_t in_progress_ms;
};

struct execute_events {
	/* The component's clock now, wall ms: not-after is by it. 0: not known yet; what has a
	 * not-after is held until it is. */
	int64_t (*now)(void *arg);
	/* The printer was read for a request. */
	void (*learnt)(void *arg, const struct mfp *m);
};

/* source and stream must outlive it. */
struct execute *execute_new(uv_loop_t *loop, const struct execute_options *options,
                            struct source *source, struct stream *stream,
                            const struct execute_events *events, void *arg);

/* From whom we obey: an IQ set with <operation/>, an IQ get with <outcome/>, which asks what
 * became of an id, and an IQ set with <cancel/>. */
enum answer execute_operation(struct execute *x, const struct xml *iq, const struct xml *el,
                              struct xml_writer *w);
enum answer execute_question(struct execute *x, const struct xml *iq, const struct xml *el,
                             struct xml_writer *w);
enum answer execute_cancel(struct execute *x, const struct xml *iq, const struct xml *el,
                           struct xml_writer *w);

/* An IQ result from whom we obey; false: it is about something else. */
bool execute_result(struct execute *x, const struct xml *iq);

/* The component is there, and its clock may be known. */
void execute_answered(struct execute *x);
/* It is not there, or is another than before. */
void execute_away(struct execute *x);

/* Only after source_free(): no read may be under way. The loop closes handles. NULL is
 * nothing. */
void execute_free(struct execute *x);

#endif
