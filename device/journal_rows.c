#include "device/journal_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/table.h"
#include "common/uuid7.h"
#include "device/command.h"

#define LOG_MODULE "journal"
#include "common/log.h"

enum { ID, STATE, COMMAND, OUTCOME, OWED, COLUMNS };

static const char *const columns[COLUMNS] = { "id", "state", "command", "outcome", "owed" };
static const struct table_schema schema = { "journal", 2, columns, COLUMNS };

/* States. told: the outcome was acknowledged. dropped: this id and those below it may have
 * been met, and are forgotten. */
static const char begun[] = "begun", ended[] = "ended", told[] = "told", dropped[] = "dropped";

static void add_line(struct journal_rows *rows, char *line, size_t len)
{
	rows->bytes = mem_realloc(rows->bytes, rows->len + len);
	memcpy(rows->bytes + rows->len, line, len);
	rows->len += len;
	free(line);
}

static void add_row(struct journal_rows *rows, const char *id, const char *state,
                    const char *command, const char *outcome, const char *owed)
{
	const char *const values[COLUMNS] = { id, state, command, outcome, owed };
	size_t len;
	char *line = table_row(&schema, values, &len);

	add_line(rows, line, len);
}

void journal_rows_clear(struct journal_rows *rows)
{
	free(rows->bytes);
	*rows = (struct journal_rows){ NULL, 0 };
}

void journal_rows_begun(struct journal_rows *rows, const char *id, const char *command,
                        const char *owed)
{
	add_row(rows, id, begun, command, NULL, owed);
}

void journal_rows_ended(struct journal_rows *rows, const char *id, const char *outcome,
                        const char *owed)
{
	add_row(rows, id, ended, NULL, outcome, owed);
}

void journal_rows_told(struct journal_rows *rows, const char *id)
{
	add_row(rows, id, told, NULL, NULL, NULL);
}

static void add_entry(void *arg, const struct journal_entry *e)
{
	add_row(arg, e->id, e->outcome == NULL ? begun : ended, e->command, e->outcome, e->owed);
}

struct journal_rows journal_rows_all(const struct journal *j)
{
	struct journal_rows rows = { NULL, 0 };
	size_t len;
	char *header = table_header(&schema, &len);

	add_line(&rows, header, len);
	if (journal_dropped(j) != NULL)
		add_row(&rows, journal_dropped(j), dropped, NULL, NULL, NULL);
	journal_each(j, add_entry, &rows);
	return rows;
}

struct reading {
	struct journal *journal;
	journal_interrupted_fn *interrupted;
	char newest[UUID7_STRING];  /* of all ids that can be read */
	bool any_begun;             /* some row says that it has */
};

static void see(struct reading *r, const char *id)
{
	if (uuid7_time(id, NULL) && strcmp(id, r->newest) > 0)
		memcpy(r->newest, id, UUID7_STRING);
}

/* What is repeated has to be a stanza's part, whoever wrote it. */
static bool is_outcome(const char *text)
{
	struct xml *el = text == NULL ? NULL : xml_parse(text, strlen(text), &xml_limits_stanza, NULL);
	bool good = el != NULL && xml_is(el, "outcome", OPERATION_NS);

	xml_free(el);
	return good;
}

/* What is no JID would end the stream that it is sent on. */
static void restore(struct journal *j, const char *const *values, const char *outcome)
{
	const char *owed = values[OWED];

	journal_restore(j, values[ID], values[COMMAND] == NULL ? "" : values[COMMAND], outcome);
	journal_owe(j, values[ID], owed != NULL && jid_valid(owed) ? owed : NULL);
}

static bool on_row(void *arg, const char *const *values, uint64_t offset)
{
	struct reading *r = arg;
	const char *state = values[STATE] == NULL ? "" : values[STATE];

	(void)offset;
	see(r, values[ID]);
	if (strcmp(state, dropped) == 0) {
		journal_drop(r->journal, values[ID]);
	} else if (strcmp(state, told) == 0) {
		if (journal_find(r->journal, values[ID], NULL) == JOURNAL_DONE)
			journal_owe(r->journal, values[ID], NULL);
	} else if (strcmp(state, ended) == 0 && is_outcome(values[OUTCOME])) {
		restore(r->journal, values, values[OUTCOME]);
	} else {
		r->any_begun = true;
		restore(r->journal, values, "");   /* for now */
	}
	return true;
}

static void on_damaged(void *arg, const char *line, size_t len, uint64_t offset)
{
	char id[UUID7_STRING];

	(void)offset;
	if (len < UUID7_STRING)
		return;
	memcpy(id, line, UUID7_STRING - 1);
	id[UUID7_STRING - 1] = '\0';
	see(arg, id);
}

struct cut_off {
	char *id, *command;
};

static void find_cut_off(void *arg, const struct journal_entry *e)
{
	struct cut_off *c = arg;

	if (c->id != NULL || e->outcome == NULL || *e->outcome != '\0')
		return;
	c->id = mem_strdup(e->id);
	c->command = mem_strdup(e->command);
}

/* One of those that have no outcome gets one; false: there is none. */
static bool end_cut_off(const struct reading *r)
{
	struct cut_off c = { NULL, NULL };
	char *outcome;

	journal_each(r->journal, find_cut_off, &c);
	if (c.id == NULL)
		return false;
	log_warn("the device died in the middle of command=%s id=%s", c.command, c.id);
	outcome = r->interrupted(c.id, c.command);
	if (outcome != NULL)
		journal_restore(r->journal, c.id, c.command, outcome);
	else
		journal_forget(r->journal, c.id);
	free(outcome);
	free(c.command);
	free(c.id);
	return true;
}

/* The file as it would be written now. */
static int write_anew(const char *path, const struct journal *j)
{
	struct journal_rows rows = journal_rows_all(j);
	int rc = file_replace(path, rows.bytes, rows.len, 0600);

	journal_rows_clear(&rows);
	return rc;
}

static void owe(void *arg, const struct journal_entry *e)
{
	if (e->outcome != NULL)
		journal_due(arg, e->id);
}

/* One of an older version lacks columns that rows of ours have. */
static bool is_of_this_version(const char *path)
{
	size_t len;
	char *header = table_header(&schema, &len), *start = mem_alloc(len);
	FILE *f = fopen(path, "re");
	bool same = f != NULL && fread(start, 1, len, f) == len && memcmp(start, header, len) == 0;

	if (f != NULL)
		fclose(f);
	free(start);
	free(header);
	return same;
}

/* A file that was written whole is on disk. Of one that was appended to nobody knows: a
 * sync may have failed, and the next one would not say so. */
static bool was_appended_to(const struct reading *r, const struct table_report *report)
{
	size_t rows = journal_count(r->journal) + (journal_dropped(r->journal) != NULL);

	return r->any_begun || report->torn_bytes > 0 || report->damaged > 0 || report->rows != rows;
}

int journal_rows_read(const char *path, struct journal *j, journal_interrupted_fn *interrupted,
                      size_t *size, char **why)
{
	struct reading r = { .journal = j, .interrupted = interrupted };
	struct table_report report = { 0 };
	struct stat st;
	/* What a killed predecessor has left may be in memory only. */
	int rc = file_sync(path);

	if (rc == 0)
		rc = table_read(path, &schema, on_row, on_damaged, &r, &report, why);
	if (rc == 0)
		rc = table_repair(path, &schema);
	/* Also of a part that was read: nobody is answered with nothing. */
	while (end_cut_off(&r))
		;
	if (rc != 0)
		return -1;
	/* A damaged row may have been of any id up to the newest: of these nothing is executed
	 * any more. */
	if (report.damaged > 0 && r.newest[0] != '\0')
		journal_drop(j, r.newest);
	journal_each(j, owe, j);
	*size = 0;
	if ((was_appended_to(&r, &report) || !is_of_this_version(path)) && write_anew(path, j) != 0)
		log_warn("%s cannot be written anew: %s", path, strerror(errno));
	else if (stat(path, &st) == 0)
		*size = (size_t)st.st_size;
	return 0;
}
