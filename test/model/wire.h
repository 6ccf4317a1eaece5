/* What the component sends, held against what its rows say. */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include <stdbool.h>

/* A submit is sent: its stanza's id will be "sN". token: -1 for none. */
struct wire_submit {
	unsigned n, device;
	int token;
	unsigned content;
};
void wire_expect(const struct wire_submit *submit);

/* Looks at all that was sent since the last call. */
void wire_check(void);
void wire_reset(void);

#endif
