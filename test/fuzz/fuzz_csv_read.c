// link: operator/csv_read.o
/* Arbitrary bytes as CSV. Rows that come out, written with all their cells quoted, must
 * come out the same again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/csv_read.h"

static void write_row(FILE *out, const struct csv_reader *r)
{
	for (size_t i = 0; i < r->n_cells; i++) {
		fputs(i == 0 ? "\"" : ",\"", out);
		for (const char *c = r->cells[i]; *c != '\0'; c++)
			fputs(*c == '"' ? "\"\"" : (const char[]){ *c, '\0' }, out);
		putc('"', out);
	}
	fputs("\r\n", out);
}

/* The rows of bytes, written anew; *mistakes counts those that had one. */
static char *rewrite(const void *bytes, size_t n, size_t *len, size_t *mistakes)
{
	char *text = mem_alloc(n + 1), *written = NULL;
	FILE *out = open_memstream(&written, len);
	struct csv_reader r;
	unsigned last = 0;
	const char *why;
	int got;

	memcpy(text, bytes, n);
	csv_read_begin(&r, text, n);
	*mistakes = 0;
	while ((got = csv_read_row(&r, &why)) != 0) {
		if (r.line <= last || r.n_cells > CSV_READ_CELLS || r.pos > r.end)
			abort();
		last = r.line;
		if (got > 0)
			write_row(out, &r);
		else
			*mistakes += 1;
	}
	fclose(out);
	free(text);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first_len, second_len, mistakes;
	char *first, *second;

	/* Quoting makes a row longer, which a limit would stop. */
	if (size > CSV_READ_BYTES / 4)
		return 0;
	first = rewrite(data, size, &first_len, &mistakes);
	second = rewrite(first, first_len, &second_len, &mistakes);
	if (mistakes > 0 || first_len != second_len || memcmp(first, second, first_len) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}
