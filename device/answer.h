/* How an IQ is answered (RFC 6120 section 8.2.3, 8.3). */
#ifndef DEVICE_ANSWER_H
#define DEVICE_ANSWER_H

#include "common/xml.h"

/* What a handler says of an IQ; the dispatcher answers, once. */
enum answer {
	ANSWER_RESULT,                 /* with the payload written, or empty */
	ANSWER_LATER,                  /* the handler sees to it */
	ANSWER_BAD_REQUEST,
	ANSWER_FORBIDDEN,
	ANSWER_SERVICE_UNAVAILABLE,
	ANSWER_BUSY,                   /* there is no room for it now */
	ANSWER_TOO_EARLY,              /* it cannot be judged yet */
};

/* An IQ result to `to`; the payload may follow, then xml_close(). */
void answer_open(struct xml_writer *w, const char *to, const char *id);

/* The whole IQ error for one of those behind ANSWER_LATER; text may be NULL. */
void answer_error(struct xml_writer *w, const char *to, const char *id, enum answer error,
                  const char *text);

#endif
