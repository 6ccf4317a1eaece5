#define LOG_MODULE "days"
#include "component/day.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

/* An id may be some seconds off the time of what it names: see uuid7_next(). */
#define SLACK_MS 60000
#define TIME_MAX (INT64_C(1) << 48)

int day_open(struct day *d, const char *base, const struct table_schema *schema)
{
	int live = 0;

	*d = (struct day){ .base = base, .schema = schema };
	d->sorted = table_sorted_open(base, schema);
	if (d->sorted == NULL && errno != ENOENT)
		return -1;
	d->n_rest = table_segments(base, &d->rest);
	if (d->n_rest < 0)
		return -1;
	for (int i = 0; i < d->n_rest; i++) {
		if (d->sorted == NULL || d->rest[i] > table_sorted_last(d->sorted))
			d->rest[live++] = d->rest[i];
	}
	d->n_rest = live;
	return 0;
}

void day_close(struct day *d)
{
	static _Thread_local int64_t last;

	if (d->sorted != NULL && table_sorted_damaged(d->sorted) > 0 && log_may(&last))
		log_error("damaged lines passed over file=%s.tsv", d->base);
	table_sorted_close(d->sorted);
	free(d->rest);
}

int day_read_rest(const struct day *d, table_row_fn *row, void *arg)
{
	int rc = 0;

	for (int i = 0; i < d->n_rest && rc == 0; i++) {
		char *path = table_segment_path(d->base, d->rest[i]);

		rc = table_read(path, d->schema, row, NULL, arg, NULL, NULL);
		free(path);
	}
	return rc;
}

/* The text with which ids of this time begin. */
#define PREFIX 16
static const char *prefix_of(int64_t wall_ms, char out[static PREFIX])
{
	if (wall_ms < 0)
		wall_ms = 0;
	if (wall_ms >= TIME_MAX)
		wall_ms = TIME_MAX - 1;
	snprintf(out, PREFIX, "%08x-%04x", (unsigned)(wall_ms >> 16), (unsigned)(wall_ms & 0xffff));
	return out;
}

/* All ids of the span are at or behind *low (NULL: no bound) and before *high. */
static void bounds(const struct days_span *s, char low_text[static PREFIX],
                   char high_text[static PREFIX], const char **low, const char **high)
{
	*low = s->since > 0 ? prefix_of(s->since - SLACK_MS, low_text) : NULL;
	*high = s->until > 0 && s->until < TIME_MAX ? prefix_of(s->until + SLACK_MS + 1, high_text)
	                                            : NULL;
	if (s->from == NULL)
		return;
	if (days_is_ascending(s) && (*low == NULL || strcmp(s->from, *low) > 0))
		*low = s->from;
	if (!days_is_ascending(s) && (*high == NULL || strcmp(s->from, *high) < 0))
		*high = s->from;
}

int day_begin(struct day *d, const struct days_span *span)
{
	char low_text[PREFIX], high_text[PREFIX];
	const char *low, *high;

	if (d->sorted == NULL)
		return 0;
	if (span->id != NULL)
		return table_sorted_seek(d->sorted, span->id);
	bounds(span, low_text, high_text, &low, &high);
	if (!days_is_ascending(span))
		return table_sorted_seek(d->sorted, high);
	return table_sorted_seek(d->sorted, low == NULL ? "" : low);
}

int day_next(struct day *d, const struct days_span *span, const char *const **values)
{
	char low_text[PREFIX], high_text[PREFIX];
	const char *low, *high, *id;
	int rc;

	if (d->sorted == NULL)
		return 0;
	if (span->id != NULL || days_is_ascending(span))
		rc = table_sorted_next(d->sorted, values);
	else
		rc = table_sorted_previous(d->sorted, values);
	if (rc <= 0)
		return rc;
	id = (*values)[0];
	if (span->id != NULL)
		return strcmp(id, span->id) == 0;
	bounds(span, low_text, high_text, &low, &high);
	return (low == NULL || strcmp(id, low) >= 0) && (high == NULL || strcmp(id, high) < 0);
}
