#include "component/merged.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* What the next rows most often need: statuses, causes, times. */
#define SPARE 120

static size_t size_of(const char *text)
{
	return text == NULL || *text == '\0' ? 0 : strlen(text) + 1;
}

static const char *put(struct merged *t, const char *text)
{
	size_t n = size_of(text);

	if (n == 0)
		return NULL;
	t->used += n;
	return memcpy(t->memory + t->used - n, text, n);
}

/* Moves those that row leaves (NULL: all) into memory with room for more. Returns what
 * they were in, which the caller frees. */
static char *move(struct merged *t, const char **columns, size_t n, const char *const *row,
                  size_t more)
{
	char *old = t->memory;

	t->size = more;
	for (size_t i = 0; i < n; i++)
		t->size += row == NULL || row[i] == NULL ? size_of(columns[i]) : 0;
	t->memory = mem_alloc(t->size);
	t->used = 0;
	for (size_t i = 0; i < n; i++) {
		if (row == NULL || row[i] == NULL)
			columns[i] = put(t, columns[i]);
	}
	return old;
}

void merged_apply(struct merged *t, const char **columns, size_t n, const char *const *row)
{
	char *old = NULL;
	size_t need = 0;

	for (size_t i = 0; i < n; i++)
		need += size_of(row[i]);
	if (t->size - t->used < need)
		old = move(t, columns, n, row, need + SPARE);
	for (size_t i = 0; i < n; i++) {
		if (row[i] != NULL)
			columns[i] = put(t, row[i]);
	}
	free(old);
}

void merged_shrink(struct merged *t, const char **columns, size_t n)
{
	free(move(t, columns, n, NULL, 0));
}

void merged_free(struct merged *t)
{
	free(t->memory);
	*t = (struct merged){ 0 };
}
