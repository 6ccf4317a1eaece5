/* decommission, commission, rename, acknowledge: the command's name is the element's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "operator/command.h"
#include "operator/row.h"
#include "operator/session.h"
#include "operator/show.h"

/* NULL with *f where the words cannot be right. The caller frees it. */
static char *payload_of(const struct args *a, struct fault *f)
{
	const char *to = a->n_words > 2 ? a->words[2] : NULL;
	struct xml_writer w = { 0 };

	if (to != NULL && (!jid_valid(to) || jid_resource(to) != NULL)) {
		fault_set(f, EXIT_USAGE, "usage", "'%s' is no account such as mfp-0001@example.com", to);
		return NULL;
	}
	xml_open(&w, a->words[0], ROW_DEVICE_NS);
	xml_attr(&w, "device", a->words[1]);
	xml_attr(&w, "to", to);
	xml_close(&w);
	return xml_take(&w, NULL);
}

int cmd_administer(const struct args *a, struct fault *f)
{
	char *payload = payload_of(a, f);
	struct xml *answer = NULL;
	const struct xml *device;
	struct session s;
	int rc;

	if (payload == NULL)
		return f->exit;
	rc = session_begin(&s, a, f);
	if (rc == 0)
		rc = session_ask(&s, "set", payload, "device", ROW_DEVICE_NS, &answer, &device, f);
	if (rc == 0)
		show_device(&s, device);
	xml_free(answer);
	session_end(&s);
	free(payload);
	return rc;
}
