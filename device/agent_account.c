#include "device/agent_account.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/scapi.h>

#include "common/mem.h"

const char *const agent_auth_names[] = {
	"none", "MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512", NULL
};
const char *const agent_priv_names[] = {
	"none", "DES", "AES", "AES-192", "AES-256", NULL
};

/* A protocol and the key of a password in it, not yet of one engine (Ku). */
struct key {
	oid *protocol;
	size_t protocol_len, len;
	u_char bytes[USM_AUTH_KU_LEN];
};

struct agent_account {
	struct agent_options options;
	char *address, *community, *user, *context;
	struct key auth, priv;
};

static void init_library(void)
{
	netsnmp_session first;         /* the library prepares itself with it */

	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	/* init_usm() names the program's configuration by it, and crashes without. */
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPTYPE, "platen");
	init_usm();
	/* Then it makes its salts, and the nameless user to whom an engine reports itself. */
	setup_engineID(NULL, NULL);
	snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_PREMIB_READ_CONFIG, NULL);
	snmp_sess_init(&first);
	snmp_disable_log();
	/* Not init_snmp(): it reads MIB texts and makes directories below /var. */
}

/* RFC 3414 A.2: keys of both protocols are made by the authentication's hash. */
static void make_key(const struct key *hash, const char *password, struct key *key)
{
	int rc;

	key->len = sizeof key->bytes;
	rc = generate_Ku(hash->protocol, (unsigned)hash->protocol_len, (const u_char *)password,
	                 strlen(password), key->bytes, &key->len);
	assert(rc == SNMPERR_SUCCESS);   /* the configuration has checked the password */
	(void)rc;
}

static void make_keys(struct agent_account *a, const struct agent_options *o)
{
	if (o->auth_protocol == 0)
		return;
	a->auth.protocol = sc_get_auth_oid(usm_lookup_auth_type(agent_auth_names[o->auth_protocol]),
	                                    &a->auth.protocol_len);
	make_key(&a->auth, o->auth_password, &a->auth);
	if (o->priv_protocol == 0)
		return;
	a->priv.protocol = sc_get_priv_oid(usm_lookup_priv_type(agent_priv_names[o->priv_protocol]),
	                                    &a->priv.protocol_len);
	make_key(&a->auth, o->priv_password, &a->priv);
}

struct agent_account *agent_account_new(const struct agent_options *options)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct agent_account *a = mem_zero(1, sizeof *a);

	pthread_once(&once, init_library);
	a->address = mem_strdup(options->address);
	a->community = mem_strdup(options->community);
	a->user = mem_strdup(options->user);
	a->context = mem_strdup(options->context);
	a->options = *options;
	a->options.address = a->address;
	a->options.community = a->community;
	a->options.user = a->user;
	a->options.context = a->context;
	a->options.auth_password = a->options.priv_password = NULL;
	a->options.write_community = NULL;
	if (options->version == AGENT_V3)
		make_keys(a, options);
	return a;
}

void agent_account_free(struct agent_account *a)
{
	if (a == NULL)
		return;
	if (a->community != NULL)
		mem_wipe(a->community, strlen(a->community));
	free(a->address);
	free(a->user);
	free(a->context);
	mem_wipe(a, sizeof *a);
}

const struct agent_options *agent_account_options(const struct agent_account *a)
{
	return &a->options;
}

static void set_user(const struct agent_account *a, netsnmp_session *s)
{
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityName = a->user;
	s->securityNameLen = strlen(a->user);
	s->contextName = a->context;
	s->contextNameLen = a->context == NULL ? 0 : strlen(a->context);
	s->securityLevel = a->priv.len > 0 ? SNMP_SEC_LEVEL_AUTHPRIV :
	                   a->auth.len > 0 ? SNMP_SEC_LEVEL_AUTHNOPRIV : SNMP_SEC_LEVEL_NOAUTH;
	s->securityAuthProto = a->auth.protocol;
	s->securityAuthProtoLen = a->auth.protocol_len;
	s->securityAuthKeyLen = a->auth.len;
	memcpy(s->securityAuthKey, a->auth.bytes, a->auth.len);
	s->securityPrivProto = a->priv.protocol;
	s->securityPrivProtoLen = a->priv.protocol_len;
	s->securityPrivKeyLen = a->priv.len;
	memcpy(s->securityPrivKey, a->priv.bytes, a->priv.len);
}

void agent_account_session(const struct agent_account *a, netsnmp_session *s)
{
	const struct agent_options *o = &a->options;

	snmp_sess_init(s);
	s->timeout = (long)o->timeout_ms * 1000;
	s->retries = o->retries;
	switch (o->version) {
	case AGENT_V1: s->version = SNMP_VERSION_1; break;
	case AGENT_V2C: s->version = SNMP_VERSION_2c; break;
	case AGENT_V3: s->version = SNMP_VERSION_3; break;
	}
	if (o->version == AGENT_V3) {
		set_user(a, s);
		return;
	}
	s->community = (u_char *)a->community;
	s->community_len = strlen(a->community);
}

void agent_account_enter(const struct agent_account *a, netsnmp_session *s,
                         struct source_failure *failure)
{
	struct usmUser *known = usm_get_user(s->securityEngineID, s->securityEngineIDLen, a->user);

	/* With the keys of another reading, which may be those of another printer. */
	if (known != NULL) {
		usm_remove_user(known);
		usm_free_user(known);
	}
	if (usm_create_user_from_session(s) != SNMPERR_SUCCESS)
		source_fail(failure, "internal", "no SNMPv3 keys can be made for %s", a->address);
}

void agent_account_refused(const struct agent_account *a, int report,
                           struct source_failure *failure)
{
	const char *what;

	switch (report) {
	case SNMPERR_UNKNOWN_USER_NAME:
		what = "does not know the user";
		break;
	case SNMPERR_AUTHENTICATION_FAILURE:
		what = "refuses the authentication password or protocol of";
		break;
	case SNMPERR_DECRYPTION_ERR:
		what = "cannot decrypt with the privacy password and protocol of";
		break;
	case SNMPERR_UNSUPPORTED_SEC_LEVEL:
		what = "wants other protocols than those configured for";
		break;
	default:
		source_fail(failure, "printer-error", "%s refuses SNMPv3: %s", a->address,
		            snmp_api_errstring(report));
		return;
	}
	source_fail(failure, "printer-error", "%s %s %s", a->address, what, a->user);
}
