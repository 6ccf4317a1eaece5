/* The submit of a request, from the words of the command line. */
#ifndef OPERATOR_SUBMIT_H
#define OPERATOR_SUBMIT_H

#include "operator/args.h"
#include "operator/fault.h"

/* The payload of `request DEVICE COMMAND [KEY=VALUE...]` with this token, or
 * NULL with *f (usage). The caller frees it. */
char *submit_payload(const struct args *a, const char *token, struct fault *f);

#endif
