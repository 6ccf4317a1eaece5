/* The commands of this device as a component is told of them (docs/protocol.md, Commands). */
#ifndef DEVICE_COMMAND_LIST_H
#define DEVICE_COMMAND_LIST_H

#include "device/command.h"

/* Of a table: the text that its hash is made of, which the caller frees; and the hash. */
#define COMMAND_HASH 33
char *command_list_text(const struct command *commands, size_t n);
void command_list_hash(const struct command *commands, size_t n, char hash[static COMMAND_HASH]);

/* The hash of what this device has. */
const char *command_list_own_hash(void);

/* <commands/> of what this device has. */
void command_list_write(struct xml_writer *w);

#endif
