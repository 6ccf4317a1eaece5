/* The families of metrics of platend itself. */
#ifndef COMPONENT_METRICS_DAEMON_H
#define COMPONENT_METRICS_DAEMON_H

#include "component/metrics_text.h"

/* Ends with a name of NULL. */
extern const struct metrics_family metrics_daemon[];

#endif
