/* Which of the two formats of metrics a client would rather have. */
#ifndef COMPONENT_METRICS_ACCEPT_H
#define COMPONENT_METRICS_ACCEPT_H

#include <stdbool.h>

/* Whether this Accept header (RFC 9110 section 12.5.1; NULL: none) likes the older text
 * format better than OpenMetrics. */
bool metrics_accept_classic(const char *accept);

#endif
