/* What is read is written and read again: it must be the same, and accepted. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mfp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct mfp *m, size_t *len)
{
	struct xml_writer w = { 0 };

	mfp_write(m, (enum mfp_part)m->parts, &w);
	return xml_take(&w, len);
}

static void read_again(const char *text, size_t len)
{
	/* Escaping makes text longer than what was read. */
	const struct xml_limits limits = { 1024 * 1024, 16, 5000, 64 };
	struct xml *el = xml_parse(text, len, &limits, NULL);
	struct mfp m = { 0 };
	char *again;

	assert(el != NULL && mfp_read(&m, el, NULL));
	again = written(&m, NULL);
	assert(strcmp(text, again) == 0);
	free(again);
	mfp_clear(&m);
	xml_free(el);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml *el = xml_parse((const char *)data, size, &xml_limits_payload, NULL);
	struct mfp m = { 0 };
	char *why = NULL, *text;
	size_t len;

	if (el != NULL && mfp_read(&m, el, &why)) {
		text = written(&m, &len);
		read_again(text, len);
		free(text);
	}
	free(why);
	mfp_clear(&m);
	xml_free(el);
	return 0;
}
