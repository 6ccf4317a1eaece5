#include "device/host_meta.h"

#include <string.h>
#include <strings.h>

#include "common/endpoint.h"
#include "common/mem.h"
#include "common/xml.h"

#define XRD_NS "http://docs.oasis-open.org/ns/xri/xrd-1.0"
#define XBOSH "urn:xmpp:alt-connections:xbosh"
#define SCHEME "https://"

static const struct xml_limits limits = {
	.bytes = HOST_META_BYTES, .depth = 8, .elements = 512, .attributes = 16
};

/* Printable ASCII, as a URL is (RFC 3986); nothing that a log or a header might trip over. */
static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}", *text) != NULL)
			return false;
	}
	return true;
}

/* https://HOST[:PORT][/PATH]: without a user, whose password would be everybody's, and
 * without a fragment, which is nothing that one asks for. */
static bool is_url(const char *url)
{
	char authority[ENDPOINT_HOST + 8];
	struct endpoint e;
	size_t len;

	if (strlen(url) > HOST_META_URL || !is_plain(url) || strchr(url, '#') != NULL ||
	    strncasecmp(url, SCHEME, strlen(SCHEME)) != 0)
		return false;
	url += strlen(SCHEME);
	len = strcspn(url, "/?");
	if (len >= sizeof authority)
		return false;
	memcpy(authority, url, len);
	authority[len] = '\0';
	return strchr(authority, '%') == NULL && endpoint_parse(authority, &e) &&
	       (*authority == '[' || strchr(e.host, ':') == NULL);
}

static bool is_xbosh(const struct xml *link)
{
	const char *rel = xml_get(link, "rel");

	return rel != NULL && strcmp(rel, XBOSH) == 0;
}

static char *find(const struct xml *xrd, const char **why)
{
	const struct xml *link = xml_child(xrd, "Link", XRD_NS);

	*why = "it offers no BOSH";
	for (; link != NULL; link = xml_again(link, "Link", XRD_NS)) {
		const char *url = xml_get(link, "href");

		if (!is_xbosh(link))
			continue;
		if (url != NULL && is_url(url))
			return mem_strdup(url);
		*why = "its link for BOSH is no https URL";
	}
	return NULL;
}

char *host_meta_read(const char *text, size_t len, const char **why)
{
	struct xml *xrd = xml_parse(text, len, &limits, why);
	char *url = NULL;

	if (xrd != NULL && !xml_is(xrd, "XRD", XRD_NS))
		*why = "it is no XRD document";
	else if (xrd != NULL)
		url = find(xrd, why);
	xml_free(xrd);
	return url;
}
