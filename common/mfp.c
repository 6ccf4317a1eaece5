#include "common/mfp.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

const char *const mfp_fact_names[MFP_FACTS] = {
	"manufacturer", "model", "serial", "firmware", "location", "mac", "name", "address", "host"
};

const char *mfp_state_name(enum mfp_state state)
{
	switch (state) {
	case MFP_STATE_OTHER: return "other";
	case MFP_STATE_UNKNOWN: return "unknown";
	case MFP_STATE_SOME_REMAINING: return "some-remaining";
	case MFP_STATE_NONE: break;
	}
	return NULL;
}

const char *mfp_part_name(enum mfp_part part)
{
	switch (part) {
	case MFP_COUNTERS: return "counters";
	case MFP_SUPPLIES: return "supplies";
	case MFP_STATUS: return "status";
	case MFP_INFORMATION: return "information";
	}
	return NULL;
}

static void drop(const struct mfp *m, char *text)
{
	if (!m->borrowed)
		free(text);
}

static void drop_field(const struct mfp *m, char **text)
{
	drop(m, *text);
	*text = NULL;
}

static void clear_counters(struct mfp *m)
{
	for (size_t i = 0; i < m->n_counters; i++) {
		drop(m, m->counters[i].name);
		drop(m, m->counters[i].index);
		drop(m, m->counters[i].unit);
	}
	free(m->counters);
	m->counters = NULL;
	m->n_counters = 0;
}

static void clear_supplies(struct mfp *m)
{
	for (size_t i = 0; i < m->n_supplies; i++) {
		struct mfp_supply *s = &m->supplies[i];

		drop(m, s->index);
		drop(m, s->description);
		drop(m, s->class_);
		drop(m, s->type);
		drop(m, s->colorant);
		drop(m, s->unit);
	}
	free(m->supplies);
	m->supplies = NULL;
	m->n_supplies = 0;
}

static void clear_strings(const struct mfp *m, char ***list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		drop(m, (*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

static void clear_alerts(struct mfp *m)
{
	for (size_t i = 0; i < m->n_alerts; i++) {
		struct mfp_alert *a = &m->alerts[i];

		drop(m, a->index);
		drop(m, a->severity);
		drop(m, a->group);
		drop(m, a->code);
		drop(m, a->description);
	}
	free(m->alerts);
	m->alerts = NULL;
	m->n_alerts = 0;
}

static void clear_status(struct mfp *m)
{
	drop_field(m, &m->state);
	clear_strings(m, &m->errors, &m->n_errors);
	clear_strings(m, &m->console, &m->n_console);
	clear_alerts(m);
	m->power_on_s = m->operation_s = (struct mfp_number){ 0 };
	drop_field(m, &m->power_on_source);
	drop_field(m, &m->operation_source);
}

void mfp_clear_part(struct mfp *m, enum mfp_part part)
{
	m->parts &= ~(unsigned)part;
	switch (part) {
	case MFP_COUNTERS: clear_counters(m); break;
	case MFP_SUPPLIES: clear_supplies(m); break;
	case MFP_STATUS: clear_status(m); break;
	case MFP_INFORMATION:
		for (size_t i = 0; i < MFP_FACTS; i++)
			drop_field(m, &m->facts[i]);
		break;
	}
}

void mfp_clear(struct mfp *m)
{
	mfp_clear_part(m, MFP_COUNTERS);
	mfp_clear_part(m, MFP_SUPPLIES);
	mfp_clear_part(m, MFP_STATUS);
	mfp_clear_part(m, MFP_INFORMATION);
	drop(m, m->source);
	memset(m, 0, sizeof *m);
}

static enum mfp_state state_of_level(int64_t level)
{
	return level == -1 ? MFP_STATE_OTHER : level == -3 ? MFP_STATE_SOME_REMAINING :
	       MFP_STATE_UNKNOWN;
}

void mfp_supply_set(struct mfp_supply *s, int64_t capacity, int64_t level)
{
	s->capacity = (struct mfp_number){ capacity >= 0, capacity >= 0 ? capacity : 0 };
	s->level = (struct mfp_number){ level >= 0, level >= 0 ? level : 0 };
	s->percent = (struct mfp_number){ 0 };
	s->state = level < 0 ? state_of_level(level) : MFP_STATE_NONE;
	if (capacity > 0 && level >= 0) {
		/* Wide enough for 200 times any level. */
		__int128 percent = ((__int128)200 * level + capacity) / ((__int128)2 * capacity);

		if (percent <= INT64_MAX)
			s->percent = (struct mfp_number){ true, (int64_t)percent };
	}
}

/* A zeroed element behind the n there are; room is made for twice as many. */
#define ADD(list, n) \
	((list) = ((n) & ((n) - 1)) != 0 ? (list) \
	        : mem_realloc((list), ((n) == 0 ? 1 : 2 * (n)) * sizeof *(list)), \
	 memset(&(list)[(n)], 0, sizeof *(list)), &(list)[(n)++])

struct mfp_supply *mfp_add_supply(struct mfp *m)
{
	return ADD(m->supplies, m->n_supplies);
}

struct mfp_counter *mfp_add_counter(struct mfp *m)
{
	return ADD(m->counters, m->n_counters);
}

struct mfp_alert *mfp_add_alert(struct mfp *m)
{
	return ADD(m->alerts, m->n_alerts);
}

void mfp_set(struct mfp *m, char **field, const char *text)
{
	if (m->borrowed)
		*field = (char *)(uintptr_t)text;
	else
		mem_set(field, text);
}

void mfp_add_error(struct mfp *m, const char *error)
{
	mfp_set(m, ADD(m->errors, m->n_errors), error);
}

void mfp_add_console(struct mfp *m, const char *line)
{
	mfp_set(m, ADD(m->console, m->n_console), line);
}
