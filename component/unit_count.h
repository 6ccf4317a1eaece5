/* Which units a campaign's devices are in, and how many each has. */
#ifndef COMPONENT_UNIT_COUNT_H
#define COMPONENT_UNIT_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

struct unit_count {
	const char *name;             /* as it was given: it outlives this */
	size_t members, online;
	UT_hash_handle hh;
};

/* Adds a device; units stand in the order in which they come, and NULL is none of them. A
 * name of NULL is not counted. */
void unit_count_add(struct unit_count **all, const char *name, bool online);
void unit_count_free(struct unit_count **all);

/* Their names, a line each, as a campaign's row has them. The caller frees it. */
char *unit_count_lines(const struct unit_count *all);
/* Sorts names, of which NULL is the last, for the next calls; how many there are. */
size_t unit_count_sort(char **names);
bool unit_count_has(char *const *names, size_t n, const char *name);
/* The first of these lines that is no such name, or NULL. The caller frees it. */
char *unit_count_lack(const char *lines, char *const *names, size_t n);

#endif
