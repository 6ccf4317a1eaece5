#include "device/bosh_tls.h"

#include <stdbool.h>
#include <stdio.h>

#include "common/clock.h"

static int own_index(void)
{
	static int number = -1;

	if (number < 0)
		number = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return number;
}

/* The clock says what cannot be. */
static bool is_behind(const struct bosh_tls *tls)
{
	return clock_wall_ms() / 1000 < tls->no_earlier_s;
}

static int on_verify(int good, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct bosh_tls *tls = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), own_index());
	int error = X509_STORE_CTX_get_error(store);

	if (good)
		return 1;
	/* What is valid only later may be valid now; what has expired then has expired. */
	if (error == X509_V_ERR_CERT_NOT_YET_VALID && is_behind(tls)) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	snprintf(tls->problem, sizeof tls->problem, "%s", X509_verify_cert_error_string(error));
	return 0;
}

void bosh_tls_context(SSL_CTX *ctx, struct bosh_tls *tls)
{
	SSL_CTX_set_ex_data(ctx, own_index(), tls);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	if (is_behind(tls))
		X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)tls->no_earlier_s);
}
