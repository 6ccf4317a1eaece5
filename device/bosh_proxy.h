/* platen-device bosh-proxy: XMPP clients of a network that lets only HTTP out connect here by
 * TCP, and each one's stream goes on over BOSH. */
#ifndef DEVICE_BOSH_PROXY_H
#define DEVICE_BOSH_PROXY_H

#include "device/config.h"

/* Until SIGTERM or SIGINT. The exit status. */
int bosh_proxy_run(const struct config *c);

#endif
