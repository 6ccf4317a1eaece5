/* Arbitrary bytes as a document and, in pieces as long as their first byte says, as
 * a stream. What was read is written so that it reads as the same again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void writes_what_reads_back(const struct xml *el)
{
	static const struct xml_limits wide = { 16 * 1024 * 1024, 64, 100000, 256 };
	char *text = xml_to_text(el), *again;
	struct xml *copy = xml_parse(text, strlen(text), &wide, NULL);

	assert(copy != NULL);
	again = xml_to_text(copy);
	assert(strcmp(text, again) == 0);
	xml_free(copy);
	free(text);
	free(again);
}

static void opened(void *arg, const struct xml *root)
{
	(void)arg, (void)root;
}

static void came(void *arg, const struct xml *stanza, const char *cut)
{
	(void)arg, (void)cut;
	writes_what_reads_back(stanza);
}

static void closed(void *arg)
{
	(void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xml_stream_events events = { opened, came, closed };
	struct xml_stream *stream;
	size_t step, at;
	struct xml *el;

	if (size == 0)
		return 0;
	el = xml_parse((const char *)data + 1, size - 1, &xml_limits_payload, NULL);
	if (el != NULL)
		writes_what_reads_back(el);
	xml_free(el);
	stream = xml_stream_new(&xml_limits_payload, &events, NULL);
	step = data[0] + 1u;
	for (at = 1; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;
		const char *why = NULL;

		if (!xml_stream_feed(stream, (const char *)data + at, n, &why)) {
			assert(why != NULL);
			break;
		}
	}
	xml_stream_free(stream);
	return 0;
}
