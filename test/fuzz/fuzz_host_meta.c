// link: device/host_meta.o
/* Any text as a domain's host-meta: what is taken of it is an https URL of printable ASCII, and
 * everything else has a reason. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "device/host_meta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size), *url;
	const char *why = NULL;

	url = host_meta_read(text, strlen(text), &why);
	must(url != NULL || (why != NULL && *why != '\0'));
	if (url != NULL) {
		must(strlen(url) <= HOST_META_URL && strncasecmp(url, "https://", 8) == 0);
		must(url[8] != '\0' && url[8] != '/' && url[8] != '?');
		must(strpbrk(url, " \t\r\n#\"<>\\") == NULL);
		for (const char *p = url; *p != '\0'; p++)
			must(*p > ' ' && *p <= '~');
		must(strcspn(url + 8, "@") >= strcspn(url + 8, "/?"));
	}
	free(url);
	free(text);
	return 0;
}
