#include "component/columns.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* What the next rows most often need: statuses, causes, times. */
#define SPARE 120

static size_t size_of(const char *text)
{
	return text == NULL || *text == '\0' ? 0 : strlen(text) + 1;
}

static const char *put(struct columns_memory *m, const char *text)
{
	size_t n = size_of(text);

	if (n == 0)
		return NULL;
	m->used += n;
	return memcpy(m->memory + m->used - n, text, n);
}

/* Moves those that row leaves (NULL: all) into memory with room for more. Returns what
 * they were in, which the caller frees. */
static char *move(struct columns_memory *m, const char **columns, size_t n, const char *const *row,
                  size_t more)
{
	char *old = m->memory;

	m->size = more;
	for (size_t i = 0; i < n; i++)
		m->size += row == NULL || row[i] == NULL ? size_of(columns[i]) : 0;
	m->memory = mem_alloc(m->size);
	m->used = 0;
	for (size_t i = 0; i < n; i++) {
		if (row == NULL || row[i] == NULL)
			columns[i] = put(m, columns[i]);
	}
	return old;
}

void columns_apply(struct columns_memory *m, const char **columns, size_t n, const char *const *row)
{
	char *old = NULL;
	size_t need = 0;

	for (size_t i = 0; i < n; i++)
		need += size_of(row[i]);
	if (m->size - m->used < need)
		old = move(m, columns, n, row, need + SPARE);
	for (size_t i = 0; i < n; i++) {
		if (row[i] != NULL)
			columns[i] = put(m, row[i]);
	}
	free(old);
}

void columns_shrink(struct columns_memory *m, const char **columns, size_t n)
{
	free(move(m, columns, n, NULL, 0));
}

void columns_free(struct columns_memory *m)
{
	free(m->memory);
	*m = (struct columns_memory){ 0 };
}
