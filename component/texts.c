#include "component/texts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/table.h"

_Static_assert(TABLE_COLUMNS < 64, "a column has a bit of its mask");

/* A number and its text are one string. */
static const char *behind(const char *at)
{
	return at + strlen(at) + 1;
}

const char *texts_get(const char *texts, unsigned column)
{
	if (texts == NULL)
		return NULL;
	while (*texts != '\0' && *texts <= (char)column)
		texts = behind(texts);
	return *texts == (char)(column + 1) ? texts + 1 : NULL;
}

void texts_list(const char *texts, const char **values, size_t n)
{
	memset(values, 0, n * sizeof *values);
	for (; texts != NULL && *texts != '\0'; texts = behind(texts))
		values[*texts - 1] = texts + 1;
}

static char *pack(const char *const *values)
{
	size_t size = 1;
	char *texts, *p;

	for (unsigned i = 0; i < TABLE_COLUMNS; i++)
		size += values[i] == NULL ? 0 : strlen(values[i]) + 2;
	if (size == 1)
		return NULL;
	p = texts = mem_alloc(size);
	for (unsigned i = 0; i < TABLE_COLUMNS; i++) {
		if (values[i] == NULL)
			continue;
		*p++ = (char)(i + 1);
		p = stpcpy(p, values[i]) + 1;
	}
	*p = '\0';
	return texts;
}

void texts_apply(char **texts, const char *const *row, texts_mask columns)
{
	const char *values[TABLE_COLUMNS];
	bool changes = false;
	char *had = *texts;

	texts_list(had, values, TABLE_COLUMNS);
	for (unsigned i = 0; columns >> i != 0; i++) {
		if ((columns >> i & 1) == 0 || row[i] == NULL)
			continue;
		values[i] = *row[i] == '\0' ? NULL : row[i];
		changes = true;
	}
	if (!changes)
		return;
	*texts = pack(values);
	free(had);
}
