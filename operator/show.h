/* What an answer holds, in the form that was asked for. */
#ifndef OPERATOR_SHOW_H
#define OPERATOR_SHOW_H

#include "operator/session.h"

/* A <device/> to standard output: as JSON, or for people. */
void show_device(const struct session *s, const struct xml *el);

#endif
