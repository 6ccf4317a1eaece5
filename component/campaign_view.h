/* Campaigns and their members as the elements that operators see. */
#ifndef COMPONENT_CAMPAIGN_VIEW_H
#define COMPONENT_CAMPAIGN_VIEW_H

#include "common/xml.h"
#include "component/campaign.h"
#include "component/campaign_select.h"
#include "component/component.h"

/* What its row does not say. */
struct campaign_extras {
	int64_t estimate;             /* wall ms; 0: none */
	bool more;                    /* its members go on beyond this page */
	bool is_retry;
	size_t retried;
};

/* <campaign/> from a row (enum campaign_column), left open for members. */
void campaign_view_open(struct xml_writer *w, const char *const *row,
                        const struct campaign_extras *extras);
/* The same, closed: as campaign_find() has it, that so many are asked again, and as a
 * listing's row. */
void campaign_view(struct xml_writer *w, const struct campaign *k);
void campaign_view_retried(struct xml_writer *w, const struct campaign *k, size_t n);
void campaign_view_row(struct xml_writer *w, const char *const *row);

/* What a start would do: who is selected, and in which units they are. */
void campaign_view_dry(struct xml_writer *w, const char *command, const struct campaign_selected *s);

/* <member/> from its row (enum member_column), NULL or "" for empty; and as it is. */
void campaign_view_member_row(struct xml_writer *w, const char *const *row);
void campaign_view_member(struct xml_writer *w, const struct component *c, const struct member *m);

/* Who has started it is told that it has ended, when that is on disk. */
void campaign_tell_ended(struct component *c, const struct campaign *k);

#endif
