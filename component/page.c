#include "component/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/mem.h"

#define NS_RSM "http://jabber.org/protocol/rsm"

static char *read_max(struct page *p, const struct xml *max)
{
	int64_t n = PAGE_ROWS;
	char *wrong = max == NULL ? NULL : conf_parse_int(xml_text_of(max), 0, INT32_MAX, &n);

	free(wrong);
	if (wrong != NULL)
		return mem_strdup("<max/> is no whole number from 0");
	p->max = n < PAGE_ROWS ? (unsigned)n : PAGE_ROWS;
	p->count = n == 0;
	return NULL;
}

char *page_read(struct page *p, const struct xml *question)
{
	const struct xml *set = xml_child(question, "set", NS_RSM);
	const struct xml *after = xml_child(set, "after", NS_RSM);
	const struct xml *before = xml_child(set, "before", NS_RSM);
	const struct xml *from = before != NULL ? before : after;

	memset(p, 0, sizeof *p);
	if (xml_child(set, "index", NS_RSM) != NULL)
		return mem_strdup("pages begin at a row: <after/> or <before/>, not <index/>");
	if (after != NULL && before != NULL)
		return mem_strdup("a page begins at <after/> or at <before/>, not at both");
	p->backwards = before != NULL;
	if (from != NULL && *xml_text_of(from) != '\0')
		p->from = xml_text_of(from);
	return read_max(p, xml_child(set, "max", NS_RSM));
}

const char *page_unknown_filter(const struct xml *question, const char *const *known)
{
	for (const struct xml_attr *a = question->attrs; a != NULL; a = a->next) {
		const char *const *k = known;

		while (*k != NULL && strcmp(*k, a->name) != 0)
			k++;
		if (*k == NULL && strcmp(a->name, "xml:lang") != 0)
			return a->name;
	}
	return NULL;
}

void page_write(const struct page *p, struct xml_writer *w, const struct page_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		xml_raw(w, rows[p->backwards ? n - 1 - i : i].text);
	if (n == 0)
		return;
	xml_open(w, "set", NS_RSM);
	xml_element(w, "first", NS_RSM, rows[p->backwards ? n - 1 : 0].id);
	xml_element(w, "last", NS_RSM, rows[p->backwards ? 0 : n - 1].id);
	xml_close(w);
}

void page_write_count(struct xml_writer *w, size_t n)
{
	char *text = mem_printf("%zu", n);

	xml_open(w, "set", NS_RSM);
	xml_element(w, "count", NS_RSM, text);
	xml_close(w);
	free(text);
}
