/* A command's arguments, as operators send them: in a submit, and for a whole campaign. */
#ifndef COMPONENT_ARGUMENTS_H
#define COMPONENT_ARGUMENTS_H

#include "common/xml.h"

/* One child of el, the nth that is to be an argument. NULL, or what is wrong with it (the
 * caller frees it). */
char *arguments_check(const struct xml *el, const struct xml *child, unsigned n);

/* All of them as text, NULL for none. The caller frees it. */
char *arguments_copy(const struct xml *el);

/* All arguments as they are written. They go into the execute stanza, and a server
 * may close our stream for one that is too large: each time, as it would go again. */
#define ARGUMENTS_BYTES 65536

#endif
