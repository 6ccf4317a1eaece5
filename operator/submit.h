/* The submit of a request, from the words of the command line. */
#ifndef OPERATOR_SUBMIT_H
#define OPERATOR_SUBMIT_H

#include <stdbool.h>

#include "common/xml.h"
#include "operator/args.h"
#include "operator/fault.h"

/* The payload of `request DEVICE COMMAND [KEY=VALUE...]` with this token, or
 * NULL with *f (usage). The caller frees it. */
char *submit_payload(const struct args *a, const char *token, struct fault *f);

/* The words from the fourth on as <argument/>s. False with *f (usage), and w is freed. */
bool submit_arguments(struct xml_writer *w, const struct args *a, struct fault *f);
/* Closes the payload's element, and gives its text, which the caller frees. NULL with *f
 * (usage): it is too large. */
char *submit_take(struct xml_writer *w, struct fault *f);

#endif
