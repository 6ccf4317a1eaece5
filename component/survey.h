/* What there is to do about the days of a folder: in a worker, which removes what has
 * been kept long enough, too. */
#ifndef COMPONENT_SURVEY_H
#define COMPONENT_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

struct survey {
	const char *data_directory, *folder;   /* the caller's */
	const struct table_schema *schema;
	int64_t now;                           /* wall ms */
	int64_t keep;                          /* days; 0: for ever */
	int64_t *live;                         /* midnights of days that are left alone; owned */
	size_t n_live;
	bool has_tables;                       /* that bear an id of a day's, beside the days */
	bool tidy;                             /* remove what a crash left of replacements */

	int64_t *unsealed;                     /* out, owned: days to be sealed, oldest first */
	size_t n_unsealed;
};

/* Blocks. What cannot be done is said in the log. */
void survey_run(struct survey *s);
void survey_clear(struct survey *s);

#endif
