/* Why there is no stream, and what to do about it. */
#ifndef OPERATOR_LINK_END_H
#define OPERATOR_LINK_END_H

#include "common/xmpp.h"
#include "operator/fault.h"
#include "operator/settings.h"

/* text: what is known more, or NULL. */
void link_end_explain(const struct settings *s, enum xmpp_end end, const char *text,
                      struct fault *f);

#endif
