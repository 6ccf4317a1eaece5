#include "component/unit_count.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void unit_count_add(struct unit_count **all, const char *name, bool online)
{
	struct unit_count *u;

	if (name == NULL)
		return;
	HASH_FIND_STR(*all, name, u);
	if (u == NULL) {
		u = mem_zero(1, sizeof *u);
		u->name = name;
		HASH_ADD_KEYPTR(hh, *all, u->name, strlen(u->name), u);
	}
	u->members++;
	u->online += online;
}

void unit_count_free(struct unit_count **all)
{
	struct unit_count *u, *next;

	HASH_ITER(hh, *all, u, next) {
		HASH_DEL(*all, u);
		free(u);
	}
}

char *unit_count_lines(const struct unit_count *all)
{
	size_t bytes = 1;
	char *lines, *end;

	for (const struct unit_count *u = all; u != NULL; u = u->hh.next)
		bytes += strlen(u->name) + 1;
	lines = end = mem_zero(bytes, 1);
	for (const struct unit_count *u = all; u != NULL; u = u->hh.next) {
		if (u != all)
			*end++ = '\n';
		end = stpcpy(end, u->name);
	}
	return lines;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t unit_count_sort(char **names)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	qsort(names, n, sizeof *names, by_name);
	return n;
}

bool unit_count_has(char *const *names, size_t n, const char *name)
{
	return bsearch(&name, names, n, sizeof *names, by_name) != NULL;
}

char *unit_count_lack(const char *lines, char *const *names, size_t n)
{
	char *copy = mem_strdup(lines), *rest = copy, *name, *lack = NULL;

	while (lack == NULL && (name = strsep(&rest, "\n")) != NULL) {
		if (!unit_count_has(names, n, name))
			lack = mem_strdup(name);
	}
	free(copy);
	return lack;
}
