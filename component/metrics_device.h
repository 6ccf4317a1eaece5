/* The families of metrics of the devices: online, facts, supplies, counters. */
#ifndef COMPONENT_METRICS_DEVICE_H
#define COMPONENT_METRICS_DEVICE_H

#include "component/metrics_text.h"

/* Ends with a name of NULL. */
extern const struct metrics_family metrics_device[];

#endif
