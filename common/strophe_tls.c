#include "common/strophe_tls.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include <openssl/ssl.h>

#include "common/clock.h"

static __thread int64_t no_earlier;

/* The clock says what cannot be. */
static bool is_behind(void)
{
	return clock_wall_ms() / 1000 < no_earlier;
}

void strophe_tls_no_earlier(int64_t s)
{
	no_earlier = s;
}

/* libstrophe shows nobody its context, and has no option for the time: so this stands before
 * libssl's function of the same name. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	SSL_CTX *(*create)(const SSL_METHOD *);
	SSL_CTX *ctx;

	*(void **)&create = dlsym(RTLD_NEXT, "SSL_CTX_new");
	ctx = create(method);
	if (ctx != NULL && is_behind())
		X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)no_earlier);
	return ctx;
}

/* What is valid only later may be valid now; what has expired then has expired. */
bool strophe_tls_is_clock(const char *problem)
{
	return is_behind() &&
	       strcmp(problem, X509_verify_cert_error_string(X509_V_ERR_CERT_NOT_YET_VALID)) == 0;
}
