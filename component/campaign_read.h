/* What an operator says of a campaign that is to start. */
#ifndef COMPONENT_CAMPAIGN_READ_H
#define COMPONENT_CAMPAIGN_READ_H

#include "component/campaign_select.h"
#include "component/command.h"
#include "component/dispatch.h"
#include "component/record.h"

struct campaign_order {
	struct record rec;             /* its row, but for its id and members */
	const struct command *command;
	struct campaign_selection select;
	bool dry_run;
	char *select_text, *arguments; /* the row's */
	char growth[32];
};

/* False and *error. campaign_order_clear() it in both cases; call and its tree outlive it. */
bool campaign_order_read(struct campaign_order *o, const struct call *call,
                         struct stanza_error *error);
void campaign_order_clear(struct campaign_order *o);

#endif
