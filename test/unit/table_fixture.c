#include "test/unit/table_fixture.h"

#include <stdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"

static const char *const columns[] = { "id", "status", "note" };
const struct table_schema schema = { "things", 2, columns, 3 };
char dir[64];

int make_dir(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	snprintf(dir, sizeof dir, "/tmp/test_table.XXXXXX");
	return mkdtemp(dir) == NULL || chdir(dir) < 0 ? -1 : 0;
}

int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return chdir("/") < 0 ? -1 : system(command);
}

int empty_dir(void **state)
{
	(void)state;
	return system("rm -f *.tsv *.tsv.*");
}

void put(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0640), 0);
}

char *get(const char *path)
{
	char *text;

	assert_int_equal(file_read(path, 1 << 26, &text, NULL), 0);
	return text;
}

/* Appends to a text that grows. */
void add(char **text, const char *more)
{
	char *both = mem_printf("%s%s", *text == NULL ? "" : *text, more);

	free(*text);
	*text = both;
}

void add_header(char **text, const struct table_schema *s)
{
	size_t len;
	char *line = table_header(s, &len);

	add(text, line);
	free(line);
}

void add_row(char **text, const struct table_schema *s, const char *a, const char *b,
                    const char *c)
{
	const char *values[] = { a, b, c };
	size_t len;
	char *line = table_row(s, values, &len);

	assert_int_equal(strlen(line), len);
	add(text, line);
	free(line);
}

char *merged_header(const char *line)
{
	return mem_printf("%s/%08" PRIx32 "\n", line, crc32c(line, strlen(line)));
}

void put_text(const char *path, char *text)
{
	put(path, text);
	free(text);
}

/* What was read, as one text: "a=b,c;" with '-' for emptied, '.' for as before. */
bool note_row(void *arg, const char *const *values, uint64_t offset)
{
	char *row;

	(void)offset;
	row = mem_printf("%s=%s,%s;", values[0],
	                 values[1] == NULL ? "." : *values[1] == '\0' ? "-" : values[1],
	                 values[2] == NULL ? "." : *values[2] == '\0' ? "-" : values[2]);
	add(arg, row);
	free(row);
	return true;
}

static void note_damaged(void *arg, const char *line, size_t len, uint64_t offset)
{
	char *text = mem_printf("!%zu@%d;", len, (int)offset);

	assert_non_null(line);
	add(arg, text);
	free(text);
}

struct table_report assert_reads(const char *path, const char *expected)
{
	struct table_report report;
	char *seen = mem_strdup("");

	assert_int_equal(table_read(path, &schema, note_row, note_damaged, &seen, &report, NULL), 0);
	assert_string_equal(seen, expected);
	free(seen);
	return report;
}
