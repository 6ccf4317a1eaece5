#include "component/listing.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/uuid7.h"

static char *read_time(const struct xml *question, const char *name, int64_t *wall_ms)
{
	const char *text = xml_get(question, name);

	if (text == NULL || clock_parse(text, wall_ms))
		return NULL;
	return mem_printf("%s is no XEP-0082 time", name);
}

static char *read_order(struct days_span *s, const struct xml *question)
{
	const char *order = xml_get(question, "order");

	s->oldest = order != NULL && strcmp(order, "oldest") == 0;
	if (order == NULL || s->oldest || strcmp(order, "newest") == 0)
		return NULL;
	return mem_printf("the order is newest or oldest, not \"%.64s\"", order);
}

static char *read_page(struct days_span *s, const struct xml *question)
{
	struct page p;
	char *wrong = page_read(&p, question);

	if (wrong != NULL)
		return wrong;
	if (p.from != NULL && !uuid7_time(p.from, NULL))
		return mem_strdup("a page begins at what is no id of a row");
	s->from = p.count ? NULL : mem_strdup(p.from);
	s->backwards = p.backwards;
	s->count = p.count;
	s->max = p.max;
	return NULL;
}

char *listing_read_times(struct days_span *s, const struct xml *question)
{
	char *wrong = read_time(question, "since", &s->since);

	return wrong != NULL ? wrong : read_time(question, "until", &s->until);
}

char *listing_read(struct days_span *s, const struct xml *question)
{
	char *wrong = listing_read_times(s, question);

	if (wrong == NULL)
		wrong = read_order(s, question);
	return wrong != NULL ? wrong : read_page(s, question);
}

/* At least one row, so that paging goes on. */
static size_t render(const struct listing *l, const struct days_result *result,
                     struct page_row *rows)
{
	size_t n = 0, bytes = 0, len;

	for (; n < result->n; n++) {
		const char *const *columns = (const char *const *)result->rows[n].columns;
		struct xml_writer w = { 0 };
		char *text;

		l->row(&w, columns);
		text = xml_take(&w, &len);
		bytes += len;
		if (n > 0 && bytes > PAGE_BYTES) {
			free(text);
			break;
		}
		rows[n] = (struct page_row){ text, columns[0] };
	}
	return n;
}

void listing_write(const struct listing *l, struct xml_writer *w, const struct days_span *s,
                   const struct days_result *result)
{
	struct page_row *rows = mem_zero(result->n, sizeof *rows);
	struct page page = { .backwards = s->backwards };
	size_t n = render(l, result, rows);

	xml_open(w, l->element, l->ns);
	if (result->more || n < result->n)
		xml_attr(w, "more", "true");
	if (s->count)
		page_write_count(w, result->count);
	else
		page_write(&page, w, rows, n);
	xml_close(w);
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
	free(rows);
}
