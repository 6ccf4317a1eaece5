/* The sections [bosh] and [proxy] of platen-device.conf(5), for config.c. */
#ifndef DEVICE_CONFIG_BOSH_H
#define DEVICE_CONFIG_BOSH_H

#include "common/conf.h"
#include "device/config.h"

void config_check_bosh(const struct config *c, struct conf_report *report);

/* As bosh_http_options has it: NULL is what the environment says, "" is none. */
const char *config_proxy(const struct config *c);

#endif
