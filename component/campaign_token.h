/* Idempotency tokens of campaigns, beside those of requests: token.h. A row is a campaign's
 * (enum campaign_column). */
#ifndef COMPONENT_CAMPAIGN_TOKEN_H
#define COMPONENT_CAMPAIGN_TOKEN_H

#include "component/component.h"

/* What came with the row's token before, or NULL; *same: it was this. */
const struct token *campaign_token_find(const struct component *c, const char *const *row, bool *same);
/* From now on the row's token, if it has one, is this campaign's. */
void campaign_token_add(struct component *c, const char *const *row);

#endif
