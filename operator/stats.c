#include "operator/stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/csv.h"
#include "operator/json.h"
#include "operator/text.h"

/* As attributes, in JSON and in CSV. */
static const char *const names[STATS_NUMBERS] = {
	"requests", "responded", "failed", "refused", "unknown", "expired", "no-response",
	"cancelled", "open", "p50", "p90", "p99", "max",
};

const struct grid_column stats_columns[STATS_COLUMNS] = {
	{ "KEY", 48, false }, { "REQUESTS", 0, true }, { "RESPONDED", 0, true },
	{ "FAILED", 0, true }, { "NO ANSWER", 0, true }, { "CANCELLED", 0, true },
	{ "OPEN", 0, true }, { "P50", 0, true }, { "P90", 0, true }, { "P99", 0, true },
	{ "MAX", 0, true },
};

void stats_read(struct stats *s, const struct xml *el)
{
	memset(s, 0, sizeof *s);
	s->key = mem_strdup(xml_get(el, "key"));
	for (size_t i = 0; i < STATS_NUMBERS; i++)
		s->numbers[i].known = xml_get_int(el, names[i], &s->numbers[i].value);
}

void stats_clear(struct stats *s)
{
	free(s->key);
	memset(s, 0, sizeof *s);
}

static void put(json_t *o, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(o, key, value) != 0)
		mem_fatal();
}

json_t *stats_json(const struct stats *s)
{
	json_t *o = json_object();

	put(o, "key", s->key == NULL ? json_null() : json_string(s->key));
	for (size_t i = 0; i < STATS_NUMBERS; i++)
		put(o, names[i], s->numbers[i].known ? json_integer(s->numbers[i].value) : json_null());
	return o;
}

void stats_csv_head(FILE *out)
{
	csv_text(out, "key", true);
	for (size_t i = 0; i < STATS_NUMBERS; i++)
		csv_text(out, names[i], false);
	fputs("\r\n", out);
}

void stats_csv(FILE *out, const struct stats *s)
{
	csv_text(out, s->key, true);
	for (size_t i = 0; i < STATS_NUMBERS; i++) {
		putc(',', out);
		if (s->numbers[i].known)
			fprintf(out, "%" PRId64, s->numbers[i].value);
	}
	fputs("\r\n", out);
}

/* The sum of some that stand one behind the other; not even one is known: a dash. */
static void add_count(const struct stats *s, enum stats_number first, size_t n, struct grid *g)
{
	uint64_t sum = 0;
	bool known = false;
	char *cell;

	for (size_t i = first; i < first + n; i++) {
		sum += s->numbers[i].known ? (uint64_t)s->numbers[i].value : 0;
		known |= s->numbers[i].known;
	}
	cell = known ? text_count((int64_t)sum) : mem_strdup("-");
	grid_add(g, cell);
	free(cell);
}

static void add_time(const struct stats *s, enum stats_number i, struct grid *g)
{
	char *cell = s->numbers[i].known ? text_duration(s->numbers[i].value) : mem_strdup("-");

	grid_add(g, cell);
	free(cell);
}

void stats_cells(const struct stats *s, struct grid *g)
{
	grid_add(g, s->key == NULL ? "(others)" : s->key);
	add_count(s, STATS_REQUESTS, 1, g);
	add_count(s, STATS_RESPONDED, 1, g);
	add_count(s, STATS_FAILED, 2, g);
	add_count(s, STATS_UNKNOWN, 3, g);
	add_count(s, STATS_CANCELLED, 1, g);
	add_count(s, STATS_OPEN, 1, g);
	for (enum stats_number i = STATS_P50; i <= STATS_MAX; i++)
		add_time(s, i, g);
}
