#include "device/network.h"

#include <arpa/inet.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"

#define MAX_BYTES 65536

/* The next line, or NULL. */
static const char *behind(const char *line)
{
	const char *end = strchr(line, '\n');

	return end == NULL ? NULL : end + 1;
}

/* Of several default routes the one with the lowest metric; 0: there is none. */
static bool find_ipv4(const char *text, char name[static NETWORK_NAME])
{
	char interface[IF_NAMESIZE], address[INET_ADDRSTRLEN];
	unsigned destination, gateway, flags, metric, mask, best = UINT_MAX;

	for (const char *line = text; line != NULL; line = behind(line)) {
		if (sscanf(line, "%15s %x %x %x %*d %*d %u %x", interface, &destination, &gateway, &flags,
		           &metric, &mask) != 6 || destination != 0 || mask != 0 || gateway == 0 ||
		    metric >= best)
			continue;
		best = metric;
		inet_ntop(AF_INET, &gateway, address, sizeof address);
		snprintf(name, NETWORK_NAME, "%s%%%s", address, interface);
	}
	return best != UINT_MAX;
}

static bool read_ipv6(const char *hex, unsigned char bytes[static 16])
{
	for (size_t i = 0; i < 16; i++) {
		if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
			return false;
	}
	return true;
}

static bool find_ipv6(const char *text, char name[static NETWORK_NAME])
{
	static const char none[] = "00000000000000000000000000000000";
	char to[33], gateway[33], interface[IF_NAMESIZE], address[INET6_ADDRSTRLEN];
	unsigned prefix, metric, best = UINT_MAX;
	unsigned char bytes[16];

	for (const char *line = text; line != NULL; line = behind(line)) {
		if (sscanf(line, "%32s %x %*s %*x %32s %x %*x %*x %*x %15s", to, &prefix, gateway, &metric,
		           interface) != 5 || prefix != 0 || strcmp(to, none) != 0 ||
		    strcmp(gateway, none) == 0 || strlen(gateway) != 32 || metric >= best ||
		    !read_ipv6(gateway, bytes))
			continue;
		best = metric;
		inet_ntop(AF_INET6, bytes, address, sizeof address);
		snprintf(name, NETWORK_NAME, "%s%%%s", address, interface);
	}
	return best != UINT_MAX;
}

void network_name_of(const char *route, const char *ipv6_route, char name[static NETWORK_NAME])
{
	if (!find_ipv4(route, name) && !find_ipv6(ipv6_route, name))
		snprintf(name, NETWORK_NAME, "-");
}

/* "" where it cannot be read: there are machines without IPv6. */
static char *read_text(const char *path)
{
	char *text;
	size_t len;

	return file_read(path, MAX_BYTES, &text, &len) == 0 ? text : NULL;
}

void network_name(char name[static NETWORK_NAME])
{
	char *route = read_text("/proc/net/route"), *ipv6_route = read_text("/proc/net/ipv6_route");

	network_name_of(route == NULL ? "" : route, ipv6_route == NULL ? "" : ipv6_route, name);
	free(route);
	free(ipv6_route);
}
