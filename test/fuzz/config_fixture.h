/* What the targets of the programs' configurations share: a folder with a secret, in which
 * all files that a configuration names are. */
#ifndef TEST_FUZZ_CONFIG_FIXTURE_H
#define TEST_FUZZ_CONFIG_FIXTURE_H

#include <stdint.h>
#include <stdio.h>

struct config_fixture {
	const char *head;             /* the keys that are required; the input follows */
	size_t size;                  /* of the program's struct */
	int (*read)(void *config, const char *path, FILE *errors);
	void (*print)(const void *config, FILE *out);
	void (*free)(void *config);
};

/* Reads the input: it is refused with its lines, or prints as a file that reads back to the
 * same. A '/' of the input is none, so that no other file is read. */
void config_fixture_run(const struct config_fixture *f, const uint8_t *data, size_t size);

#endif
