#include "operator/link_end.h"

#include <inttypes.h>
#include <stdlib.h>

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
	                       "check [account] host" },
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

void link_end_explain(const struct settings *s, enum xmpp_end end, const char *text,
                      struct fault *f)
{
	int64_t port = s->port != 0 ? s->port : s->security == XMPP_DIRECT_TLS ? 5223 : 5222;
	size_t len;
	const char *domain = jid_domain(s->jid, &len);
	char *host = s->host != NULL ? mem_strdup(s->host) : mem_strndup(domain, len);

	fault_set(f, ends[end].exit, ends[end].condition, "%s %s, port %" PRId64 ": %s; %s",
	          ends[end].what, host, port, text == NULL ? "" : text,
	          ends[end].advice);
	free(host);
}
