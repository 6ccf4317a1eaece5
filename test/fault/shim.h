/* What a program under test may tell the shim that is preloaded into it; weak: without
 * the shim it is NULL. */
#ifndef TEST_FAULT_SHIM_H
#define TEST_FAULT_SHIM_H

#include <stddef.h>

/* Puts bytes into the record, in order with the calls. */
__attribute__((weak)) void fault_note(const char *text, size_t n);

#endif
