/* platend.conf. */
#ifndef COMPONENT_CONFIG_H
#define COMPONENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

struct config {
	char *domain, *secret_file, *host;
	char **hosts;              /* whose accounts may be devices that nobody knows yet */
	int64_t port;
	bool private_network;
	int64_t ping_interval_ms;
	char *data_directory, *units_file;
	int64_t reserve;
	int64_t keep_requests, keep_audit;          /* days; 0: for ever */
	int64_t window, open_device, open_operator;
	int64_t submits_device, submits_operator;   /* a second */
	int64_t keepalive_ms;
	int64_t ask_rate, unassigned;
	char *metrics_listen;      /* NULL: nowhere */
	int log_level;

	char *secret;              /* read from secret_file */
	struct sockaddr_storage metrics_address;   /* of metrics_listen; ss_family 0: nowhere */
};

/* Reads and checks; mistakes go to errors. 0 or -1; config_free() in any case. */
int config_read(struct config *c, const char *path, FILE *errors);
void config_print(const struct config *c, FILE *out);
void config_free(struct config *c);

#endif
