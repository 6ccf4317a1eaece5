/* libstrophe's XML parser without expat's reparse deferral; for strophe.c. */
#ifndef COMMON_STROPHE_EXPAT_H
#define COMMON_STROPHE_EXPAT_H

/* Nothing but the reason why the linker takes this file. */
void strophe_expat_initialize(void);

#endif
