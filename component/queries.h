/* The queries under way: what main needs of handle_query.c. */
#ifndef COMPONENT_QUERIES_H
#define COMPONENT_QUERIES_H

#include "component/component.h"

void queries_new(struct component *c);
/* When no worker runs any more. */
void queries_free(struct component *c);

#endif
