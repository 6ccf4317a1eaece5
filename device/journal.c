#include "device/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/mem.h"

struct entry {
	char *id, *command;
	char *outcome;           /* NULL: executing */
	char *owed;              /* to whom its outcome is */
	bool due;                /* it is owed, and can be sent */
	UT_hash_handle hh;       /* keeps the order in which they came */
};

struct journal {
	struct entry *entries;
	size_t bytes, max_count, max_bytes;
	size_t n_due;
	char *dropped;           /* the greatest id dropped */
};

struct journal *journal_new(size_t max_count, size_t max_bytes)
{
	struct journal *j = mem_zero(1, sizeof *j);

	j->max_count = max_count;
	j->max_bytes = max_bytes;
	return j;
}

static void set_due(struct journal *j, struct entry *e, bool due)
{
	j->n_due += (size_t)due - (size_t)e->due;
	e->due = due;
}

static void forget(struct journal *j, struct entry *e)
{
	set_due(j, e, false);
	HASH_DEL(j->entries, e);
	if (e->outcome != NULL)
		j->bytes -= strlen(e->outcome);
	free(e->outcome);
	free(e->owed);
	free(e->command);
	free(e->id);
	free(e);
}

void journal_free(struct journal *j)
{
	struct entry *e, *next;

	if (j == NULL)
		return;
	HASH_ITER(hh, j->entries, e, next)
		forget(j, e);
	free(j->dropped);
	free(j);
}

static struct entry *find(const struct journal *j, const char *id)
{
	struct entry *e;

	HASH_FIND_STR(j->entries, id, e);
	return e;
}

enum journal_state journal_find(const struct journal *j, const char *id, const char **outcome)
{
	const struct entry *e = find(j, id);

	if (e == NULL)
		return j->dropped != NULL && strcmp(id, j->dropped) <= 0 ? JOURNAL_DROPPED : JOURNAL_NEW;
	if (e->outcome == NULL)
		return JOURNAL_EXECUTING;
	if (outcome != NULL)
		*outcome = e->outcome;
	return JOURNAL_DONE;
}

static struct entry *add(struct journal *j, const char *id, const char *command)
{
	struct entry *e = mem_zero(1, sizeof *e);

	e->id = mem_strdup(id);
	e->command = mem_strdup(command);
	HASH_ADD_KEYPTR(hh, j->entries, e->id, strlen(e->id), e);
	return e;
}

void journal_begin(struct journal *j, const char *id, const char *command)
{
	assert(journal_find(j, id, NULL) == JOURNAL_NEW);
	add(j, id, command);
}

void journal_drop(struct journal *j, const char *id)
{
	if (j->dropped == NULL || strcmp(id, j->dropped) > 0)
		mem_set(&j->dropped, id);
}

const char *journal_dropped(const struct journal *j)
{
	return j->dropped;
}

static void drop_oldest(struct journal *j, const struct entry *kept)
{
	struct entry *e, *next;

	HASH_ITER(hh, j->entries, e, next) {
		if (HASH_COUNT(j->entries) <= j->max_count && j->bytes <= j->max_bytes)
			return;
		if (e->outcome == NULL || e->owed != NULL || e == kept)
			continue;
		journal_drop(j, e->id);
		forget(j, e);
	}
}

static void set_outcome(struct journal *j, struct entry *e, const char *outcome)
{
	if (e->outcome != NULL)
		j->bytes -= strlen(e->outcome);
	mem_set(&e->outcome, outcome);
	j->bytes += strlen(outcome);
	drop_oldest(j, e);
}

void journal_end(struct journal *j, const char *id, const char *outcome)
{
	struct entry *e = find(j, id);

	assert(e != NULL && e->outcome == NULL);
	set_outcome(j, e, outcome);
}

void journal_restore(struct journal *j, const char *id, const char *command,
                     const char *outcome)
{
	struct entry *e = find(j, id);

	set_outcome(j, e != NULL ? e : add(j, id, command), outcome);
}

void journal_forget(struct journal *j, const char *id)
{
	forget(j, find(j, id));
}

void journal_owe(struct journal *j, const char *id, const char *to)
{
	struct entry *e = find(j, id);

	mem_set(&e->owed, to);
	set_due(j, e, false);
	if (to == NULL)
		drop_oldest(j, e);
}

void journal_due(struct journal *j, const char *id)
{
	struct entry *e = find(j, id);

	set_due(j, e, e->owed != NULL);
}

const char *journal_owed(const struct journal *j, const char *id)
{
	const struct entry *e = find(j, id);

	return e != NULL && e->due ? e->owed : NULL;
}

size_t journal_count_due(const struct journal *j)
{
	return j->n_due;
}

void journal_each(const struct journal *j, journal_fn *fn, void *arg)
{
	struct entry *e, *next;

	HASH_ITER(hh, j->entries, e, next) {
		const struct journal_entry entry = { e->id, e->command, e->outcome, e->owed, e->due };

		fn(arg, &entry);
	}
}

size_t journal_count(const struct journal *j)
{
	return HASH_COUNT(j->entries);
}

size_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}
