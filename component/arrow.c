#include "component/arrow.h"

#include <string.h>

#define BIT(status) (1u << (status))
#define UNDER_WAY (BIT(QUEUED) | BIT(TRANSMITTED))
#define AT_DEVICE (BIT(TRANSMITTED) | BIT(RUNNING))
#define FINAL (BIT(RESPONDED) | BIT(FAILED) | BIT(REFUSED))
#define PROVISIONAL (BIT(UNKNOWN) | BIT(EXPIRED) | BIT(NO_RESPONSE) | BIT(CANCELLED))

const struct arrows arrows[] = {
	{ BIT(ARROW_NEW), "submitted", BIT(QUEUED) },
	{ BIT(QUEUED), "sent", BIT(TRANSMITTED) },
	{ BIT(TRANSMITTED), "retry", BIT(TRANSMITTED) },
	{ BIT(TRANSMITTED), "offline", BIT(QUEUED) },
	{ BIT(TRANSMITTED), "bounced", BIT(QUEUED) },
	{ BIT(TRANSMITTED), "component-away", BIT(QUEUED) },
	{ UNDER_WAY, "restart", BIT(QUEUED) },
	{ UNDER_WAY, "in-progress", BIT(RUNNING) },
	{ BIT(RUNNING), "progress", BIT(RUNNING) },
	{ BIT(CANCELLING), "progress", BIT(CANCELLING) },
	{ UNDER_WAY | BIT(RUNNING) | BIT(CANCELLING), "outcome",
	  FINAL | BIT(UNKNOWN) | BIT(EXPIRED) | BIT(CANCELLED) },
	{ BIT(QUEUED), "expired", BIT(EXPIRED) },
	{ BIT(TRANSMITTED), "no-answer", BIT(NO_RESPONSE) },
	{ BIT(RUNNING), "silent", BIT(NO_RESPONSE) },
	{ BIT(QUEUED), "cancel", BIT(CANCELLED) },
	{ BIT(QUEUED) | AT_DEVICE, "cancel", BIT(CANCELLING) },
	{ BIT(CANCELLING), "bounced", BIT(CANCELLED) },
	{ BIT(CANCELLING), "silent", BIT(CANCELLED) },
	{ BIT(QUEUED), "superseded", BIT(CANCELLED) },
	{ BIT(QUEUED), "unreachable", BIT(NO_RESPONSE) },
	{ UNDER_WAY, "decommissioned", BIT(CANCELLED) },
	{ UNDER_WAY, "renamed", BIT(CANCELLED) },
	{ UNDER_WAY, "rights", BIT(CANCELLED) },
	{ BIT(QUEUED), "campaign", BIT(CANCELLED) },
	{ PROVISIONAL, "outcome", FINAL },
};
const size_t n_arrows = sizeof arrows / sizeof *arrows;

bool arrow_is(const struct request *from, const char *cause, const char *to)
{
	unsigned begin = BIT(from == NULL ? ARROW_NEW : from->status);
	enum request_status end;

	if (!request_status_parse(to, &end))
		return false;
	for (size_t i = 0; i < n_arrows; i++) {
		const struct arrows *a = &arrows[i];

		if ((a->from & begin) != 0 && (a->to & BIT(end)) != 0 && strcmp(a->cause, cause) == 0)
			return true;
	}
	return false;
}
