// link: device/command.o
/* A stanza from the stream to the command it names: what is taken is whole. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "device/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml *iq = xml_parse((const char *)data, size, &xml_limits_stanza, NULL);
	const struct xml *el = xml_child(iq, "operation", OPERATION_NS);
	struct operation op;

	if (el != NULL && command_read(el, &op)) {
		assert(strlen(op.id) <= COMMAND_ID_MAX);
		assert((op.command == NULL) == (op.condition != NULL));
		assert((op.condition == NULL) == (op.reason[0] == '\0'));
		assert(op.command == NULL || command_find(op.command->name) == op.command);
	}
	xml_free(iq);
	return 0;
}
