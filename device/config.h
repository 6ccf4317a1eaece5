/* platen-device.conf(5). */
#ifndef DEVICE_CONFIG_H
#define DEVICE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/mfp.h"
#include "device/transport.h"
#include "device/vendor.h"

enum config_source { CONFIG_SOURCE_FILE, CONFIG_SOURCE_SNMP };

struct config {
	char *jid, *password_file, *resource, *host, *ca_file, *certificate_file, *key_file;
	char **pins;                     /* NULL-terminated, or NULL */
	int64_t port;                    /* 0: by security */
	int security;                    /* enum xmpp_security */
	bool stream_management;
	int transport;                   /* enum transport_mode */
	int64_t tcp_again_ms;
	char *bosh_url;
	int64_t bosh_wait_ms;
	char *proxy_url, *proxy_user, *proxy_password_file, *no_proxy;
	int proxy_auth;                  /* enum bosh_proxy_auth */
	char *listen;                    /* of a bosh-proxy only */
	int64_t clients;

	char **obey;                     /* the first is the component we report to */

	int source;                      /* enum config_source */
	char *state_file;
	char *address, *community, *community_file;
	char *write_community, *write_community_file;
	int version;                     /* enum agent_version */
	char *user, *auth_file, *priv_file, *context;
	int auth_protocol, priv_protocol;     /* indexes of agent_auth_names, agent_priv_names */
	char *vendor_name;               /* of the file that vendor came from, too */
	struct vendor vendor;
	int64_t timeout_ms, retries;

	char *facts[MFP_FACTS];          /* override the source's; NULL: none */

	int64_t interval_ms, min_interval_ms, max_interval_ms;
	int64_t in_progress_ms;
	char *state_directory;
	int log_level;

	char *password;                  /* of password_file; NULL: by certificate only */
	char *auth_password, *priv_password, *proxy_password;
};

/* Reads path and the files it names into the zeroed *c; mistakes go to errors,
 * a line each. 0 or -1; config_free() it in any case. */
int config_read(struct config *c, const char *path, FILE *errors);
void config_print(const struct config *c, FILE *out);
/* The same for platen-device bosh-proxy, which is no device. */
int config_read_proxy(struct config *c, const char *path, FILE *errors);
void config_print_proxy(const struct config *c, FILE *out);
void config_free(struct config *c);

#endif
