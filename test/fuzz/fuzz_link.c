// link: test/unit/link_fixture.o component/connection.o component/link.o
/* Whatever a server sends and then closes: the link loses the stream, or gives up.
 * The first byte: '1' the rest follows a good greeting; '2' and the link is freed in
 * the first stanza; else the rest is all that comes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "test/unit/link_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t head = size > 0 && (data[0] == '1' || data[0] == '2') ? strlen(server_greeting) : 0;
	bool frees = size > 0 && data[0] == '2';
	size_t rest = size > 0 ? size - 1 : 0;
	char *text = mem_alloc(head + rest);
	unsigned rounds = 0;

	memcpy(text, server_greeting, head);
	if (rest > 0)
		memcpy(text + head, data + 1, rest);
	link_fixture_start(text, head + rest, true);
	link_free_in_stanza = frees;
	/* A name that is taken is tried again: that ends no link. */
	while (link_offlines + link_fatals == 0 && link_under_test() != NULL && server_accepted < 2) {
		if (++rounds > 3000)
			abort();
		link_run(&link_onlines, link_onlines + 1, 1);
	}
	link_fixture_stop();
	free(text);
	return 0;
}
