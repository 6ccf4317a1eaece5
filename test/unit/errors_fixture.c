// link: operator/fault.o operator/json.o operator/text.o
#include "test/unit/errors_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/xml.h"
#include "operator/fault.h"

#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define ROWS_MAX 150

/* The page's rows about stanza errors: error, ours, text, exit. */
static struct row { char *cells[4]; bool seen; } rows[ROWS_MAX];
static size_t n_rows;

static char *trimmed(char *cell)
{
	size_t n;

	cell += strspn(cell, " `");
	n = strlen(cell);
	while (n > 0 && strchr(" `", cell[n - 1]) != NULL)
		n--;
	return mem_strndup(cell, n);
}

static void read_row(char *line)
{
	char *cells[8] = { NULL };
	size_t n = 0;

	for (char *cell = line + 1; n < 8 && (cells[n] = strsep(&cell, "|")) != NULL; n++)
		;
	if (n != 6 || strstr(cells[1], " / ") == NULL)
		return;
	assert_true(n_rows < ROWS_MAX);
	for (size_t i = 0; i < 4; i++)
		rows[n_rows].cells[i] = trimmed(cells[i + 1]);
	n_rows++;
}

int read_page(void **state)
{
	FILE *f = fopen("docs/errors.md", "r");
	char line[1000];

	(void)state;
	if (f == NULL)
		return -1;
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '|')
			read_row(line);
	}
	fclose(f);
	return n_rows > 30 ? 0 : -1;
}

int forget_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows; i++) {
		for (size_t k = 0; k < 4; k++)
			free(rows[i].cells[k]);
	}
	return 0;
}

/* Whether text is the pattern's pieces in their order, with anything at each "…". */
static bool fits(const char *text, const char *pattern)
{
	static const char any[] = "…";
	const char *gap = strstr(pattern, any);
	size_t n = gap == NULL ? strlen(pattern) : (size_t)(gap - pattern);

	if (strncmp(text, pattern, n) != 0)
		return false;
	if (gap == NULL)
		return text[n] == '\0';
	for (text += n; !fits(text, gap + strlen(any)); text++) {
		if (*text == '\0')
			return false;
	}
	return true;
}

/* What came. */

static void read_error(const struct xml *stanza, char *cells[4])
{
	const struct xml *error = xml_child(stanza, "error", ""), *el;
	struct fault fault = { 0 };

	assert_non_null(error);
	cells[2] = mem_strdup(xml_text_of(xml_child(error, "text", NS_STANZAS)));
	cells[1] = mem_strdup("");
	for (el = xml_first(error); el != NULL; el = xml_following(el)) {
		const char *name = xml_get(el, "name");

		if (strcmp(el->ns, NS_STANZAS) == 0 && strcmp(el->name, "text") != 0)
			cells[0] = mem_printf("%s / %s", xml_get(error, "type"), el->name);
		if (strcmp(el->ns, NS_STANZAS) == 0)
			continue;
		free(cells[1]);
		cells[1] = name == NULL ? mem_printf("<%s/>", el->name)
		                        : mem_printf("<%s name='%s'/>", el->name, name);
	}
	fault_from_stanza(&fault, stanza);
	cells[3] = mem_printf("%d", fault.exit);
	fault_clear(&fault);
}

void is_documented(const char *stanza)
{
	struct xml *got = xml_parse(stanza, strlen(stanza), &xml_limits_stanza, NULL);
	char *cells[4] = { NULL };
	unsigned found = 0;

	if (got == NULL)
		fail_msg("not one stanza: %s", stanza);
	assert_string_equal(xml_get(got, "type"), "error");
	read_error(got, cells);
	for (size_t i = 0; i < n_rows; i++) {
		bool same = true;

		for (size_t k = 0; k < 4; k++)
			same &= fits(cells[k], rows[i].cells[k]);
		rows[i].seen |= same;
		found += same;
	}
	if (found != 1)
		fail_msg("%u rows have: %s | %s | %s | %s", found, cells[0], cells[1], cells[2], cells[3]);
	for (size_t k = 0; k < 4; k++)
		free(cells[k]);
	xml_free(got);
}

void the_page_says_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows; i++) {
		if (!rows[i].seen)
			fail_msg("this did not come: %s | %s | %s | %s", rows[i].cells[0], rows[i].cells[1],
			         rows[i].cells[2], rows[i].cells[3]);
	}
}
