/* Lists of rows of day files, as they are asked for and answered: times, order
 * and page (XEP-0059) are the same whatever the rows are. */
#ifndef COMPONENT_LISTING_H
#define COMPONENT_LISTING_H

#include "common/xml.h"
#include "component/days.h"
#include "component/page.h"

/* Reads since, until, order and the page; s is empty before. NULL, or what is
 * wrong (the caller frees it). */
char *listing_read(struct days_span *s, const struct xml *question);

/* Of these since and until only. */
char *listing_read_times(struct days_span *s, const struct xml *question);

struct listing {
	const char *element, *ns;
	/* A row as its element. */
	void (*row)(struct xml_writer *w, const char *const *columns);
};

/* The answer: as many rows as a page may hold, at least one, and the <set/>.
 * Column 0 is a row's id. */
void listing_write(const struct listing *l, struct xml_writer *w, const struct days_span *s,
                   const struct days_result *result);

#endif
