#include "common/strophe_tls.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/tls.h"

static const unsigned char alpn[] = "\013xmpp-client";    /* a length before the name */

static __thread const struct strophe_tls *here;
static __thread char *refused;

/* The clock says what cannot be. */
static bool is_behind(void)
{
	return here != NULL && clock_wall_ms() / 1000 < here->no_earlier_s;
}

void strophe_tls_begin(const struct strophe_tls *tls)
{
	here = tls;
}

void strophe_tls_end(void)
{
	here = NULL;
	mem_set(&refused, NULL);
}

static int verify_against(X509_STORE_CTX *store, STACK_OF(X509) *trusted)
{
	int good;

	if (trusted == NULL) {
		mem_set(&refused, "the ca-file has no certificate");
		X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
		return 0;
	}
	X509_STORE_CTX_set0_trusted_stack(store, trusted);
	good = X509_verify_cert(store);
	X509_STORE_CTX_set0_trusted_stack(store, NULL);
	sk_X509_pop_free(trusted, X509_free);
	return good;
}

/* In the place of X509_verify_cert(): libstrophe adds its file to the system's authorities, and
 * looks at no key. */
static int verify(X509_STORE_CTX *store, void *arg)
{
	int good = here->ca_file == NULL ? X509_verify_cert(store)
	                                 : verify_against(store, tls_read_ca(here->ca_file));

	(void)arg;
	if (good == 1 && !tls_is_pinned(X509_STORE_CTX_get0_cert(store), here->pins)) {
		mem_set(&refused, "its key is none of the pins");
		X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	return good;
}

/* libstrophe shows nobody its context: so this stands before libssl's function of the same
 * name. Others in this program have no business with it. */
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method)
{
	SSL_CTX *(*create)(const SSL_METHOD *);
	SSL_CTX *ctx;

	*(void **)&create = dlsym(RTLD_NEXT, "SSL_CTX_new");
	ctx = create(method);
	if (ctx == NULL || here == NULL)
		return ctx;
	SSL_CTX_set_cert_verify_callback(ctx, verify, NULL);
	if (is_behind())
		X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)here->no_earlier_s);
	if (here->is_direct)
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
