/* Which devices a campaign is for: those that fit all that is asked for and have the command,
 * of units in which its operator has the command's right, and not decommissioned. */
#ifndef COMPONENT_CAMPAIGN_SELECT_H
#define COMPONENT_CAMPAIGN_SELECT_H

#include "common/xml.h"
#include "component/component.h"

/* NULL is any. Texts are el's, but for the glob's. */
struct campaign_selection {
	const char *unit, *model, *manufacturer, *firmware, *domain, *online;
	const char *command;          /* the device has it, as far as is known */
	char *glob;
};

/* Reads a <select/>. NULL, or what is wrong (the caller frees it); clear it in both cases. */
char *campaign_select_read(struct campaign_selection *s, const struct xml *el);
/* It as an element, its attributes in one order: what means the same is the same. The caller
 * frees it. */
char *campaign_select_text(const struct campaign_selection *s);
void campaign_select_clear(struct campaign_selection *s);

struct campaign_selected {
	struct device **devices;      /* by JID */
	size_t n;
};

/* needs: the rights, a set of enum unit_right. The caller frees devices. */
void campaign_select_run(const struct campaign_selection *s, struct component *c,
                         const char *operator_, unsigned needs, struct campaign_selected *out);

#endif
