#include "device/bosh_stream.h"

#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_SM "urn:xmpp:sm:3"
#define NS_COMPRESS "http://jabber.org/features/compress"
#define NS_STREAMS "urn:ietf:params:xml:ns:xmpp-streams"

char *bosh_stream_header(const char *domain, size_t *len)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "stream:stream", "jabber:client");
	xml_attr(&w, "xmlns:stream", XML_STREAM_NS);
	xml_attr(&w, "from", domain);
	xml_attr(&w, "id", "bosh");
	xml_attr(&w, "version", "1.0");
	xml_text(&w, "");
	w.depth = 0;                  /* it stays open */
	return xml_take(&w, len);
}

static bool is_unusable(const struct xml *feature)
{
	return xml_is(feature, "starttls", NS_TLS) || xml_is(feature, "sm", NS_SM) ||
	       xml_is(feature, "compression", NS_COMPRESS);
}

char *bosh_stream_features(const struct xml *features, size_t *len)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "features", XML_STREAM_NS);
	for (const struct xml *el = xml_first(features); el != NULL; el = xml_following(el)) {
		if (!is_unusable(el))
			xml_copy(&w, el);
	}
	xml_close(&w);
	return xml_take(&w, len);
}

char *bosh_stream_error(const char *text, size_t *len)
{
	struct xml_writer w = { 0 };

	xml_open(&w, "error", XML_STREAM_NS);
	xml_element(&w, "remote-connection-failed", NS_STREAMS, NULL);
	xml_element(&w, "text", NS_STREAMS, text);
	xml_close(&w);
	return xml_take(&w, len);
}
