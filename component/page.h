/* Pages of lists: XEP-0059. */
#ifndef COMPONENT_PAGE_H
#define COMPONENT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/xml.h"

#define PAGE_ROWS 100
#define PAGE_BYTES (128u * 1024)

struct page {
	unsigned max;         /* rows, at most PAGE_ROWS */
	bool count;           /* no rows: how many there are */
	bool backwards;       /* the rows ahead of from, or the list's last ones */
	const char *from;     /* the neighbour on the page before this one; NULL: none; the
	                         question's */
};

/* NULL, or what is wrong (the caller frees it). */
char *page_read(struct page *p, const struct xml *question);

/* The attributes that are filters: the first that is none of those, or NULL. */
const char *page_unknown_filter(const struct xml *question, const char *const *known);

/* Rows as text, and their ids, in the order in which they were found; a page
 * backwards is written the other way round. Ends with the <set/>. */
struct page_row { char *text; const char *id; };
void page_write(const struct page *p, struct xml_writer *w, const struct page_row *rows, size_t n);
void page_write_count(struct xml_writer *w, size_t n);

#endif
