#include "common/strophe_tls.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/mem.h"

static const unsigned char alpn[] = "\013xmpp-client";    /* a length before the name */

static __thread int64_t no_earlier;
static __thread bool is_direct;
static __thread char *refused;

/* The clock says what cannot be. */
static bool is_behind(void)
{
	return clock_wall_ms() / 1000 < no_earlier;
}

void strophe_tls_begin(int64_t no_earlier_s, bool direct)
{
	is_direct = direct;
	no_earlier = no_earlier_s;
}

void strophe_tls_end(void)
{
	mem_set(&refused, NULL);
}

/* libstrophe shows nobody its context, and has no option for the time or for ALPN: so this
 * stands before libssl's function of the same name. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	SSL_CTX *(*create)(const SSL_METHOD *);
	SSL_CTX *ctx;

	*(void **)&create = dlsym(RTLD_NEXT, "SSL_CTX_new");
	ctx = create(method);
	if (ctx != NULL && is_behind())
		X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)no_earlier);
	if (ctx != NULL && is_direct)
		SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn - 1);
	return ctx;
}

int strophe_tls_refuse(const xmpp_tlscert_t *cert, const char *problem)
{
	const char *too_early = X509_verify_cert_error_string(X509_V_ERR_CERT_NOT_YET_VALID);

	(void)cert;
	/* What is valid only later may be valid now; what has expired then has expired. */
	if (is_behind() && strcmp(problem, too_early) == 0)
		return 1;
	mem_set(&refused, problem);
	return 0;
}

const char *strophe_tls_problem(void)
{
	return refused;
}
