/* Start: the tables as they are on disk. */
#ifndef COMPONENT_LOAD_H
#define COMPONENT_LOAD_H

#include "component/component.h"

/* Reads devices and live requests. 0, or -1: said in the log. */
int load_tables(struct component *c);

/* What was open goes on, what ended provisionally waits for the truth. */
void load_resume(struct component *c);

#endif
