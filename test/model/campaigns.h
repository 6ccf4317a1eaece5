/* Campaigns beside the requests of the model: they add up, and nobody is asked twice. */
#ifndef TEST_CAMPAIGNS_H
#define TEST_CAMPAIGNS_H

#include "common/xml.h"
#include "test/model/events.h"

/* An operator starts one for all devices, or orders something of one that there is: the
 * stanza, the caller frees it; NULL: nothing. */
char *campaigns_start(const struct event *e);
char *campaigns_order(const struct event *e);

/* A <campaign/> was in an answer or in a headline. */
void campaigns_said(const struct xml *el, bool ended);

/* Rows that were not synced are lost. */
void campaigns_crash(void);
void campaigns_check(void);
void campaigns_reset(void);

#endif
