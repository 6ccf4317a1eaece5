#include "operator/link_end.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/jid.h"
#include "common/mem.h"

static const struct {
	int exit;
	const char *condition, *what, *advice;
} ends[] = {
	[XMPP_END_AUTH] = { EXIT_NOT_ALLOWED, "not-authorized", "the login was refused by",
	                    "check [account] jid and password-file, or run 'platen login'" },
	[XMPP_END_TLS] = { EXIT_NO_CONNECTION, "no-connection", "no secure connection to",
	                   "check [account] security and ca-file" },
	[XMPP_END_RESOLVE] = { EXIT_NO_CONNECTION, "no-connection", "cannot find",
	                       "check [account] jid and host" },
	[XMPP_END_CONNECT] = { EXIT_NO_CONNECTION, "no-connection", "cannot connect to",
	                       "check [account] host and port, and that the server runs" },
	[XMPP_END_TIMEOUT] = { EXIT_NO_CONNECTION, "no-connection", "cannot connect to",
	                       "check [account] host and port, and that the server runs" },
	[XMPP_END_CLOSED] = { EXIT_NO_CONNECTION, "no-connection", "the stream was closed by",
	                      "try again" },
	[XMPP_END_CONFLICT] = { EXIT_NO_CONNECTION, "no-connection", "the stream was closed by",
	                        "try again" },
	[XMPP_END_LOST] = { EXIT_NO_CONNECTION, "no-connection", "lost the connection to",
	                    "try again" },
};

/* What was tried, as far as the configuration says it. */
static char *place(const struct settings *s)
{
	int64_t port = s->port != 0 ? s->port : s->security == XMPP_DIRECT_TLS ? 5223 : 5222;
	size_t len;
	const char *domain = jid_domain(s->jid, &len);

	if (s->host != NULL && strpbrk(s->host, ":, ") != NULL)
		return mem_strdup(s->host);
	if (s->host != NULL)
		return mem_printf("%s, port %" PRId64, s->host, port);
	if (s->port != 0)
		return mem_printf("%.*s, port %" PRId64, (int)len, domain, port);
	return mem_printf("the server of %.*s", (int)len, domain);
}

void link_end_explain(const struct settings *s, enum xmpp_end end, const char *text,
                      struct fault *f)
{
	char *where = place(s);

	fault_set(f, ends[end].exit, ends[end].condition, "%s %s: %s; %s", ends[end].what, where,
	          text == NULL ? "" : text, ends[end].advice);
	free(where);
}
