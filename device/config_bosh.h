/* The sections [bosh], [proxy] and [listen] of platen-device.conf(5), for config.c. */
#ifndef DEVICE_CONFIG_BOSH_H
#define DEVICE_CONFIG_BOSH_H

#include <sys/socket.h>

#include "common/conf.h"
#include "device/bosh.h"
#include "device/config.h"

void config_check_bosh(const struct config *c, struct conf_report *report);

/* For those who use it; no_earlier_s: as in xmpp_options. The strings are the configuration's. */
void config_bosh_options(const struct config *c, int64_t no_earlier_s, struct bosh_options *o);

/* ADDRESS:PORT or [IPv6]:PORT, no names. */
bool config_listen(const char *text, struct sockaddr_storage *address);

#endif
