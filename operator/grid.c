#include "operator/grid.h"

#include <stdlib.h>

#include "common/mem.h"
#include "operator/text.h"

#define GAP "  "

static void widen(struct grid *g, size_t column, const char *s)
{
	size_t width = text_width(s);

	if (width > g->widths[column])
		g->widths[column] = width;
}

void grid_add(struct grid *g, const char *cell)
{
	size_t column = g->n_cells % g->n_columns;
	char *clean = text_clean(cell);

	if (g->columns[column].max != 0)
		text_cut(clean, g->columns[column].max);
	widen(g, column, clean);
	g->cells = mem_realloc(g->cells, (g->n_cells + 1) * sizeof *g->cells);
	g->cells[g->n_cells++] = clean;
}

static void spaces(size_t n, FILE *out)
{
	while (n-- > 0)
		putc(' ', out);
}

/* No spaces stand at the end of a line: last is its last cell that is not empty. */
static void print_line(const struct grid *g, char *const *cells, const char *indent, FILE *out)
{
	size_t last = g->n_columns, room;

	while (last > 1 && cells[last - 1][0] == '\0')
		last--;
	fputs(indent, out);
	for (size_t i = 0; i < last; i++) {
		room = g->widths[i] - text_width(cells[i]);
		if (g->columns[i].right)
			spaces(room, out);
		fputs(cells[i], out);
		if (i + 1 == last)
			break;
		if (!g->columns[i].right)
			spaces(room, out);
		fputs(GAP, out);
	}
	putc('\n', out);
}

static void print_head(struct grid *g, const char *indent, FILE *out)
{
	char *cells[GRID_COLUMNS];

	for (size_t i = 0; i < g->n_columns; i++) {
		cells[i] = mem_strdup(g->columns[i].head);
		widen(g, i, cells[i]);
	}
	print_line(g, cells, indent, out);
	for (size_t i = 0; i < g->n_columns; i++)
		free(cells[i]);
}

void grid_print(struct grid *g, const char *indent, FILE *out)
{
	if (!g->headed && g->columns[0].head != NULL)
		print_head(g, indent, out);
	g->headed = true;
	for (size_t i = 0; i + g->n_columns <= g->n_cells; i += g->n_columns)
		print_line(g, g->cells + i, indent, out);
	grid_clear(g);
}

void grid_clear(struct grid *g)
{
	for (size_t i = 0; i < g->n_cells; i++)
		free(g->cells[i]);
	free(g->cells);
	g->cells = NULL;
	g->n_cells = 0;
}
