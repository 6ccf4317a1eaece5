// link: device/journal.o device/journal_rows.o
/* A device's journal whose file holds anything: what is read back is bounded, each outcome
 * of it can be sent, no id of it is new, and read again it is the same and nothing is
 * written. In a second run each line has the CRC that it needs. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/jid.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/xml.h"
#include "device/journal_rows.h"

#define IDS 8
#define BYTES 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64], *path, *aside;

static void must(bool good)
{
	if (!good)
		abort();
}

static char *interrupted(const char *id, const char *command)
{
	(void)id;
	if (strcmp(command, "again") == 0)
		return NULL;
	return mem_strdup("<outcome xmlns='urn:platen:operation:1' status='unknown'/>");
}

struct check {
	const struct journal *journal;
	size_t others, bytes, due;          /* others: what is not owed */
};

static void check_entry(void *arg, const struct journal_entry *e)
{
	struct check *c = arg;
	struct xml *el = xml_parse(e->outcome, strlen(e->outcome), &xml_limits_stanza, NULL);

	must(el != NULL && journal_find(c->journal, e->id, NULL) == JOURNAL_DONE);
	must(e->due == (e->owed != NULL) && (e->owed == NULL || jid_valid(e->owed)));
	c->others += e->owed == NULL;
	c->bytes += e->owed == NULL ? strlen(e->outcome) : 0;
	c->due += e->due;
	xml_free(el);
}

static void check_journal(const struct journal *j)
{
	struct check c = { .journal = j };

	journal_each(j, check_entry, &c);
	must(c.others <= IDS && (c.bytes <= BYTES || c.others == 1));
	must(c.due == journal_count_due(j));
}

/* NULL: the file cannot be read, as a newer version has written it. */
static struct journal *read_back(void)
{
	struct journal *j = journal_new(IDS, BYTES);
	char *why = NULL;
	size_t size;

	if (journal_rows_read(path, j, interrupted, &size, &why) != 0) {
		journal_free(j);
		j = NULL;
	}
	free(why);
	return j;
}

static void write_lines(const char *text, size_t size, bool sealed)
{
	const char *line = text, *end = text + size;
	char *bytes = NULL;
	size_t len;
	FILE *f = open_memstream(&bytes, &len);

	if (sealed)
		fputs("id\tstate\tcommand\toutcome\towed\tcrc32c/2\n", f);
	while (sealed && line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop == NULL ? end : stop) - line);

		fwrite(line, 1, n, f);
		fprintf(f, "\t%08" PRIx32 "\n", crc32c(line, n));
		line += n + (stop != NULL);
	}
	if (!sealed)
		fwrite(text, 1, size, f);
	fclose(f);
	must(file_replace(path, bytes, len, 0600) == 0);
	free(bytes);
}

static void run(const char *text, size_t size, bool sealed)
{
	struct journal_rows first, again;
	struct stat before, after;
	struct journal *j, *k;

	write_lines(text, size, sealed);
	j = read_back();
	if (j == NULL)
		return;
	check_journal(j);
	must(stat(path, &before) == 0);
	k = read_back();
	must(k != NULL && stat(path, &after) == 0 && before.st_ino == after.st_ino);
	first = journal_rows_all(j);
	again = journal_rows_all(k);
	must(first.len == again.len && memcmp(first.bytes, again.bytes, first.len) == 0);
	journal_rows_clear(&first);
	journal_rows_clear(&again);
	journal_free(j);
	journal_free(k);
}

static void clean(void)
{
	unlink(path);
	unlink(aside);
	rmdir(dir);
	free(path);
	free(aside);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (path == NULL) {
		snprintf(dir, sizeof dir, "%s/platen.XXXXXX",
		         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		must(mkdtemp(dir) != NULL);
		path = mem_printf("%s/journal.tsv", dir);
		aside = mem_printf("%s.damaged", path);
		atexit(clean);
		log_set_level(LOG_LEVEL_ERROR);
	}
	run((const char *)data, size, false);
	run((const char *)data, size, true);
	unlink(aside);
	return 0;
}
