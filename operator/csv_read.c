#include "operator/csv_read.h"

#include <stdbool.h>
#include <string.h>

static const char bom[] = "\xef\xbb\xbf";

void csv_read_begin(struct csv_reader *r, char *text, size_t len)
{
	memset(r, 0, sizeof *r);
	r->pos = text;
	r->end = text + len;
	r->next = 1;
	if (len >= 3 && memcmp(text, bom, 3) == 0)
		r->pos += 3;
	*r->end = '\0';
}

/* How many bytes at p end a line there: 0 if none do. The text's end does, too. */
static size_t line_end(const struct csv_reader *r, const char *p)
{
	if (p < r->end && *p == '\n')
		return 1;
	return r->end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

static bool is_cell_end(const struct csv_reader *r, const char *p)
{
	return p == r->end || *p == ',' || line_end(r, p) > 0;
}

/* From behind the opening quote to behind the closing one; the text is moved together. */
static const char *quoted(struct csv_reader *r, char **p)
{
	char *to = *p, *from = *p;

	for (; from < r->end; from++) {
		if (*from == '"' && (from + 1 == r->end || from[1] != '"'))
			break;
		if (*from == '"')
			from++;
		r->next += *from == '\n';
		if (*from == '\0') {
			*p = from;
			return "a NUL";
		}
		*to++ = *from;
	}
	*p = from;
	if (from == r->end)
		return "a quote is not closed";
	*p = from + 1;
	*to = '\0';
	return is_cell_end(r, *p) ? NULL : "text behind a closing quote";
}

static const char *plain(struct csv_reader *r, char **p)
{
	for (; !is_cell_end(r, *p); (*p)++) {
		if (**p == '"')
			return "a quote in a cell that is not quoted";
		if (**p == '\r')
			return "a carriage return that ends no line";
		if (**p == '\0')
			return "a NUL";
	}
	return NULL;
}

/* The cell at r->pos, and the comma or line's end behind it; *more: another follows. */
static const char *read_cell(struct csv_reader *r, bool *more)
{
	bool is_quoted = *r->pos == '"';
	char *cell = r->pos + is_quoted, *p = cell;
	const char *why = is_quoted ? quoted(r, &p) : plain(r, &p);
	size_t ends = why == NULL ? line_end(r, p) : 0;

	r->pos = p;
	if (why != NULL)
		return why;
	*more = *p == ',' && p < r->end;
	r->next += ends > 0;
	r->pos += *more ? 1 : ends;
	*p = '\0';
	if (r->n_cells == CSV_READ_CELLS)
		return "more than 256 cells";
	r->cells[r->n_cells++] = cell;
	return NULL;
}

static void skip_line(struct csv_reader *r)
{
	char *lf = r->pos < r->end ? memchr(r->pos, '\n', (size_t)(r->end - r->pos)) : NULL;

	r->next += lf != NULL;
	r->pos = lf == NULL ? r->end : lf + 1;
}

static void skip_empty_lines(struct csv_reader *r)
{
	size_t n;

	while ((n = line_end(r, r->pos)) > 0) {
		r->pos += n;
		r->next++;
	}
}

int csv_read_row(struct csv_reader *r, const char **why)
{
	char *begin;
	bool more = true;

	skip_empty_lines(r);
	r->line = r->next;
	r->n_cells = 0;
	if (r->pos == r->end)
		return 0;
	begin = r->pos;
	*why = NULL;
	while (more && *why == NULL)
		*why = read_cell(r, &more);
	if (*why != NULL) {
		if (more)
			skip_line(r);
	} else if (r->pos - begin > CSV_READ_BYTES) {
		*why = "the line is over 64 KiB";
	}
	return *why == NULL ? 1 : -1;
}
