#include "device/about.h"

#include "common/clock.h"
#include "device/command.h"
#include "device/keepalive.h"
#include "device/presence.h"

static int64_t started;

void about_init(void)
{
	started = clock_mono_ms();
}

enum answer about_disco(const struct xml *el, struct xml_writer *w)
{
	static const char *const features[] = {
		DISCO_NS, LAST_NS, VERSION_NS, DEVICE_NS, KEEPALIVE_NS, OPERATION_NS, PING_NS
	};

	/* There are no nodes (XEP-0030 section 3.2 leaves the error to us). */
	if (xml_get(el, "node") != NULL)
		return ANSWER_SERVICE_UNAVAILABLE;
	xml_open(w, "query", DISCO_NS);
	xml_open(w, "identity", DISCO_NS);
	xml_attr(w, "category", "client");
	xml_attr(w, "type", "bot");
	xml_attr(w, "name", "platen-device");
	xml_close(w);
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		xml_open(w, "feature", DISCO_NS);
		xml_attr(w, "var", features[i]);
		xml_close(w);
	}
	xml_close(w);
	return ANSWER_RESULT;
}

enum answer about_version(struct xml_writer *w)
{
	xml_open(w, "query", VERSION_NS);
	xml_element(w, "name", VERSION_NS, "platen-device");
	xml_element(w, "version", VERSION_NS, PLATEN_VERSION);
	xml_close(w);
	return ANSWER_RESULT;
}

enum answer about_last(struct xml_writer *w)
{
	xml_open(w, "query", LAST_NS);
	xml_attr_int(w, "seconds", (clock_mono_ms() - started) / 1000);
	xml_close(w);
	return ANSWER_RESULT;
}
