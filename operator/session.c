#include "operator/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"
#include "operator/row.h"

int session_begin(struct session *s, const struct args *a, struct fault *f)
{
	enum link_result result;

	memset(s, 0, sizeof *s);
	s->json = a->options[ARGS_JSON] != NULL;
	s->terminal = isatty(STDOUT_FILENO);
	s->ask_ms = SESSION_ASK_MS;
	if (!settings_read(&s->settings, a, f))
		return f->exit;
	if (file_read_secret(s->settings.password_file, &s->password) != 0) {
		fault_set(f, EXIT_USAGE, "no-password", "%s: %s; 'platen login' makes it",
		          s->settings.password_file, strerror(errno));
		return f->exit;
	}
	s->link = link_new(&s->settings);
	result = link_connect(s->link, s->password, f);
	return result == LINK_OK ? 0 : result == LINK_INTERRUPTED ? EXIT_INTERRUPTED : f->exit;
}

void session_end(struct session *s)
{
	link_free(s->link);
	if (s->password != NULL)
		mem_wipe(s->password, strlen(s->password));
	settings_clear(&s->settings);
	memset(s, 0, sizeof *s);
}

int session_ask(struct session *s, const char *type, const char *payload, const char *name,
                const char *ns, struct xml **answer, const struct xml **element,
                struct fault *f)
{
	enum link_result result = link_ask(s->link, type, payload, s->ask_ms, answer, f);

	if (result == LINK_INTERRUPTED)
		return EXIT_INTERRUPTED;
	if (result != LINK_OK)
		return f->exit;
	*element = xml_child(*answer, name, ns);
	if (*element != NULL)
		return 0;
	fault_set(f, EXIT_NO_CONNECTION, "bad-answer", "%s answered without <%s/>; see that it is "
	          "a Platen component", s->settings.component, name);
	return f->exit;
}

int session_get(struct session *s, const char *payload, const char *name, struct xml **answer,
                const struct xml **element, struct fault *f)
{
	return session_ask(s, "get", payload, name, ROW_OPERATION_NS, answer, element, f);
}

int session_get_request(struct session *s, const char *id, struct xml **answer,
                        const struct xml **element, struct fault *f)
{
	struct xml_writer w = { 0 };
	char *payload;
	int rc;

	xml_open(&w, "requests", ROW_OPERATION_NS);
	xml_attr(&w, "id", id);
	xml_close(&w);
	payload = xml_take(&w, NULL);
	rc = session_get(s, payload, "requests", answer, element, f);
	free(payload);
	if (rc != 0)
		return rc;
	*element = xml_child(*element, "request", ROW_OPERATION_NS);
	if (*element != NULL)
		return 0;
	fault_set(f, EXIT_REFUSED, "item-not-found", "there is no request %s of yours; "
	          "'platen requests' shows the newest", id);
	return f->exit;
}
