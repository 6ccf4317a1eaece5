/* The page of metrics, made piece by piece while it is read: of 100,000 devices it is
 * large, and neither memory nor the loop's time should be. */
#ifndef COMPONENT_METRICS_BODY_H
#define COMPONENT_METRICS_BODY_H

#include <stdbool.h>
#include <sys/types.h>

#include "component/component.h"

struct metrics_body;

/* classic: see metrics_text.h. */
struct metrics_body *metrics_body_new(struct component *c, bool classic);
void metrics_body_free(struct metrics_body *b);

/* The next bytes, at most max of them; -1 when that was all. 0: none yet, this took
 * long enough; call again on another turn of the loop. Devices may come and go between
 * calls: each is there as it is when its turn comes. */
ssize_t metrics_body_read(struct metrics_body *b, char *buf, size_t max);

#endif
