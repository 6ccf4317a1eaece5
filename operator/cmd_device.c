#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"
#include "operator/command.h"
#include "operator/row.h"
#include "operator/session.h"
#include "operator/show.h"

static char *names_of(const struct xml *el)
{
	char *names = mem_strdup(""), *longer;
	const char *name;

	for (; el != NULL; el = xml_again(el, "device", ROW_DEVICE_NS)) {
		name = xml_get(el, "device");
		longer = mem_printf("%s%s%s", names, *names ? ", " : "", name ? name : "?");
		free(names);
		names = longer;
	}
	return names;
}

/* The only row, or the only one of a device in use: its name may have been another's
 * before. */
static const struct xml *only(const struct xml *el)
{
	const struct xml *found = NULL;

	if (xml_again(el, "device", ROW_DEVICE_NS) == NULL)
		return el;
	for (; el != NULL; el = xml_again(el, "device", ROW_DEVICE_NS)) {
		if (xml_get(el, "decommissioned") != NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = el;
	}
	return found;
}

static int choose(const struct session *s, const struct xml *el, const char *wanted,
                  struct fault *f)
{
	char *names;

	if (el == NULL) {
		fault_set(f, EXIT_REFUSED, "item-not-found", "there is no device '%s' of yours; "
		          "'platen devices' shows them", wanted);
		return f->exit;
	}
	if (only(el) != NULL) {
		show_device(s, only(el));
		return EXIT_OK;
	}
	names = names_of(el);
	fault_set(f, EXIT_REFUSED, "ambiguous", "'%s' may be one of %s", wanted, names);
	free(names);
	return f->exit;
}

int cmd_device(const struct args *a, struct fault *f)
{
	struct xml_writer w = { 0 };
	struct xml *answer = NULL;
	const struct xml *page;
	struct session s;
	char *question;
	int rc;

	xml_open(&w, "devices", ROW_OPERATION_NS);
	xml_attr(&w, "device", a->words[1]);
	xml_close(&w);
	question = xml_take(&w, NULL);
	rc = session_begin(&s, a, f);
	if (rc == 0)
		rc = session_get(&s, question, "devices", &answer, &page, f);
	if (rc == 0)
		rc = choose(&s, xml_child(page, "device", ROW_DEVICE_NS), a->words[1], f);
	xml_free(answer);
	session_end(&s);
	free(question);
	return rc;
}
