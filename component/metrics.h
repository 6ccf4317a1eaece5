/* Metrics for Prometheus and its kind, by HTTP on a loopback address: libmicrohttpd,
 * driven by our loop. */
#ifndef COMPONENT_METRICS_H
#define COMPONENT_METRICS_H

#include "component/component.h"

struct metrics;

/* Listens where the configuration says. NULL if that cannot be: said in the log. */
struct metrics *metrics_new(struct component *c);

/* Closes all connections; its handles close on the loop's next turn. NULL is nothing. */
void metrics_free(struct metrics *m);

#endif
