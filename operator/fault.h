/* Why a command could not be done: its exit status, a condition for programs
 * and a text for people. */
#ifndef OPERATOR_FAULT_H
#define OPERATOR_FAULT_H

#include <stdbool.h>

#include "common/xml.h"

enum {
	EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_ANSWER = 3, EXIT_NOT_ALLOWED = 4,
	EXIT_NO_CONNECTION = 5, EXIT_INTERRUPTED = 130
};

/* { 0 } is none. */
struct fault {
	int exit;
	char *condition;      /* RFC 6120 section 8.3.3, or ours */
	char *text;
};

void fault_clear(struct fault *f);
void fault_set(struct fault *f, int exit, const char *condition, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* From a stanza of type error, with what to do where that is known. */
void fault_from_stanza(struct fault *f, const struct xml *stanza);

/* The server says that the component is not there. */
bool fault_is_away(const struct fault *f);

/* With json the object on stdout; without it, and for usage, one line on stderr. */
void fault_print(const struct fault *f, bool json);

#endif
