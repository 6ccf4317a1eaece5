/* What a device says that it can. */
#include <string.h>

#include "component/catalogue.h"
#include "component/handle.h"

bool handle_commands(struct call *call, bool is_error, const char *cut)
{
	struct device *d;

	if (strcmp(call->id, CATALOGUE_ID) != 0)
		return false;
	d = device_find(&call->c->devices, call->bare);
	if (d != NULL && !is_error && cut == NULL && (call->who & WHO_DEVICE) &&
	    xml_is(call->payload, "commands", NS_OPERATION))
		catalogue_answered(call->c, d, call->payload);
	return true;
}
