#include "common/endpoint.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"

#define LABEL 63

static bool read_port(const char *text, int *port)
{
	int64_t value = 0;
	char *why = conf_parse_int(text, 1, 65535, &value);
	bool good = why == NULL;

	free(why);
	*port = (int)value;
	return good;
}

static bool is_ipv6(const char *text)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");
	struct in6_addr six;

	if (len >= sizeof bare)
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	return inet_pton(AF_INET6, bare, &six) == 1;
}

/* What looks like a number is a whole address. */
static bool is_host(const char *host)
{
	struct in_addr four;

	if (*host == '\0' || strpbrk(host, " \t/@[]") != NULL)
		return false;
	return host[strspn(host, "0123456789.")] != '\0' || inet_pton(AF_INET, host, &four) == 1;
}

static bool take_host(struct endpoint *e, const char *text, size_t len)
{
	if (len >= sizeof e->host)
		return false;
	memcpy(e->host, text, len);
	e->host[len] = '\0';
	return true;
}

bool endpoint_parse(const char *text, struct endpoint *e)
{
	bool bracket = *text == '[';
	size_t len = strcspn(text + bracket, bracket ? "]" : ":");
	const char *rest = text + bracket + len + bracket;

	e->port = 0;
	if (is_ipv6(text))
		return take_host(e, text, strlen(text));
	if ((bracket && text[1 + len] != ']') || !take_host(e, text + bracket, len))
		return false;
	if (bracket ? !is_ipv6(e->host) : !is_host(e->host))
		return false;
	return *rest == '\0' || (*rest == ':' && read_port(rest + 1, &e->port));
}

bool endpoint_is_name(const char *host)
{
	size_t label = 0, len = strlen(host);

	if (len == 0 || len >= ENDPOINT_HOST)
		return false;
	for (const char *p = host; *p != '\0'; p++) {
		bool dot = *p == '.';

		if (!dot && !isalnum((unsigned char)*p) && *p != '-' && *p != '_')
			return false;
		label = dot ? 0 : label + 1;
		if (label > LABEL || (dot && (p == host || p[1] == '.')))
			return false;
	}
	return true;
}

bool endpoint_is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24) == 127;
	return sa->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}
