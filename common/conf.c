#include "common/conf.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf_option.h"
#include "common/mem.h"

#define LINE_BYTES 4096
#define FILE_BYTES (1 << 20)
#define NAME_BYTES 49      /* what inih keeps of a section's name */

static const char blank[] = " \t\r\n\v\f";

static char *working_folder(void)
{
	char *folder = getcwd(NULL, 0);

	return folder != NULL ? folder : mem_strdup("/");
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *here, *folder;

	if (path[0] == '/')
		return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
	here = working_folder();
	if (slash == NULL)
		return here;
	folder = mem_printf("%s/%.*s", here, (int)(slash - path), path);
	free(here);
	return folder;
}

/* Names, and those that may have been meant. */

#define NEAR 2

/* Levenshtein's distance of two short names; more than NEAR where they are long. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_BYTES + 1], before, diagonal;
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_BYTES || m > NAME_BYTES)
		return NEAR + 1;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			before = row[j];
			row[j] = diagonal + (a[i - 1] != b[j - 1]);
			if (before + 1 < row[j])
				row[j] = before + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			diagonal = before;
		}
	}
	return row[m];
}

/* The nearest key of a section, or the nearest section with section NULL. */
static const char *nearest(const struct conf_schema *schema, const char *section,
                           const char *name)
{
	const char *best = NULL;
	unsigned least = NEAR + 1;

	for (const struct conf_option *o = schema->options; o->section != NULL; o++) {
		const char *candidate = section == NULL ? o->section : o->key;

		if (section != NULL && strcmp(section, o->section) != 0)
			continue;
		if (distance(name, candidate) < least) {
			least = distance(name, candidate);
			best = candidate;
		}
	}
	return best;
}

static bool has_section(const struct conf_schema *schema, const char *name)
{
	const struct conf_option *o = schema->options;

	while (o->section != NULL && strcmp(o->section, name) != 0)
		o++;
	return o->section != NULL;
}

static const struct conf_option *find(const struct conf_schema *schema, const char *section,
                                      const char *key)
{
	const struct conf_option *o = schema->options;

	while (o->section != NULL && (strcmp(o->section, section) != 0 || strcmp(o->key, key) != 0))
		o++;
	return o->section != NULL ? o : NULL;
}

static char *unknown(const char *section, const char *name, const char *near)
{
	char *hint = near == NULL ? mem_strdup("") : mem_printf("; did you mean '%s'?", near);
	char *why;

	if (section == NULL)
		why = mem_printf("there is no section [%s]%s", name, hint);
	else
		why = mem_printf("[%s] has no key '%s'%s", section, name, hint);
	free(hint);
	return why;
}

static char *unknown_section(const struct conf_schema *schema, const char *name)
{
	return unknown(NULL, name, nearest(schema, NULL, name));
}

static char *unknown_key(const struct conf_schema *schema, const char *section, const char *key)
{
	return unknown(section, key, nearest(schema, section, key));
}

/* Reading a file. inih calls next_line() for each line and pair() for each key
 * and value in it, so here is always known which line that is. */

struct conf_report {
	const struct conf_schema *schema;
	const char *path;
	char *folder;
	void *conf, *arg;
	FILE *errors, *file;
	unsigned line;
	size_t bytes;          /* read; kept below FILE_BYTES */
	unsigned *given;       /* for each option: the line, or GIVEN_OUTSIDE */
	bool *wrong;           /* for each option: a mistake of it has been said */
	bool no_section;       /* the section is none: its keys are not looked at */
	bool expected;         /* the line should have led to pair() */
	bool indented;
	bool after_key;        /* an indented line would continue this key */
	bool failed;
};

#define GIVEN_OUTSIDE (~0u)

static void mistake(struct conf_report *r, char *why)
{
	if (why == NULL)
		return;
	if (r->line == 0)
		fprintf(r->errors, "%s: %s\n", r->path, why);
	else
		fprintf(r->errors, "%s:%u: %s\n", r->path, r->line, why);
	r->failed = true;
	free(why);
}

static char *set_given(struct conf_report *r, const struct conf_option *o, const char *text)
{
	unsigned *given = &r->given[o - r->schema->options];

	if (*given != 0 && o->type != CONF_LIST && r->indented)
		return mem_printf("an indented line continues '%s', which has one value", o->key);
	if (*given != 0 && o->type != CONF_LIST)
		return mem_printf("'%s' is given again, first on line %u", o->key, *given);
	if (*given == 0)
		conf_option_clear(o, r->conf);
	*given = r->line;
	return conf_option_set(o, r->conf, text, r->folder);
}

static int pair(void *arg, const char *section, const char *key, const char *value)
{
	struct conf_report *r = arg;
	const struct conf_option *o = find(r->schema, section, key);
	char *why = NULL, *named;

	r->expected = false;
	r->after_key = true;
	if (o != NULL)
		why = set_given(r, o, value);
	else if (has_section(r->schema, section))
		why = unknown_key(r->schema, section, key);
	else if (*section == '\0')
		why = mem_printf("'%s' stands before the first [section]", key);
	else if (r->schema->other != NULL && !r->no_section)
		why = r->schema->other(r->arg, r->line, section, key, value);
	if (why != NULL && o != NULL) {
		r->wrong[o - r->schema->options] = true;
		named = mem_printf("[%s] %s: %s", section, key, why);
		free(why);
		why = named;
	}
	mistake(r, why);
	return 1;
}

static void begin_section(struct conf_report *r, const char *name)
{
	char *why = NULL;

	if (!has_section(r->schema, name))
		why = r->schema->other == NULL ? unknown_section(r->schema, name) :
		      r->schema->other(r->arg, r->line, name, NULL, NULL);
	r->no_section = why != NULL;
	mistake(r, why);
}

static void check_section(struct conf_report *r, char *s)
{
	char *end = strchr(s, ']');

	r->after_key = false;
	if (end == NULL || end[1 + strspn(end + 1, blank)] != '\0') {
		mistake(r, mem_strdup("a section is written [name]"));
		return;
	}
	if (end - s - 1 > NAME_BYTES) {
		mistake(r, mem_printf("the section's name is longer than %d bytes", NAME_BYTES));
		return;
	}
	*end = '\0';
	begin_section(r, s + 1);
	*end = ']';
}

/* inih 55 leaves comments behind a continued line's value in it. */
static void cut_comment(char *s)
{
	char *end = s;

	while ((end = strchr(end, ';')) != NULL) {
		if (end == s || strchr(blank, end[-1]) != NULL) {
			strcpy(end, "\n");
			return;
		}
		end++;
	}
}

static void check_line(struct conf_report *r, char *line)
{
	char *s = line;

	if (r->line == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	cut_comment(s);
	r->indented = *s == ' ' || *s == '\t';
	s += strspn(s, blank);
	if (*s == '\0' || *s == '#')
		return;
	if (*s == '[' && !(r->indented && r->after_key))
		check_section(r, s);
	else
		r->expected = true;
}

/* One line of at most size - 1 bytes, or what is wrong with it; false at the end. */
static bool get_line(struct conf_report *r, char *line, size_t size, const char **why)
{
	size_t n = 0;
	int c;

	*why = NULL;
	while ((c = getc(r->file)) != EOF && c != '\n' && ++r->bytes <= FILE_BYTES) {
		if (c == '\0')
			*why = "the line holds a NUL byte";
		if (n < size - 2)
			line[n++] = (char)c;
		else
			*why = "the line is too long";
	}
	line[n] = '\n';
	line[n + 1] = '\0';
	if (r->bytes > FILE_BYTES)
		*why = "the file is too large";
	return n > 0 || c != EOF;
}

static void end_line(struct conf_report *r)
{
	if (r->expected)
		mistake(r, mem_strdup("neither 'key = value' nor [section]"));
	r->expected = false;
}

static char *next_line(char *line, int size, void *arg)
{
	struct conf_report *r = arg;
	const char *why;

	end_line(r);
	if (r->bytes > FILE_BYTES || !get_line(r, line, (size_t)size, &why))
		return NULL;
	r->line++;
	if (why != NULL) {
		mistake(r, mem_strdup(why));
		strcpy(line, "\n");
	} else {
		check_line(r, line);
	}
	return line;
}

static void read_file(struct conf_report *r)
{
	r->file = fopen(r->path, "re");
	if (r->file == NULL) {
		mistake(r, mem_printf("cannot be opened: %s", strerror(errno)));
		return;
	}
	ini_max_line = LINE_BYTES;
	ini_parse_stream(next_line, r, pair, r);
	if (ferror(r->file))
		mistake(r, mem_printf("cannot be read: %s", strerror(errno)));
	fclose(r->file);
}

static char *variable_name(const struct conf_schema *schema, const struct conf_option *o)
{
	char *name = mem_printf("%s_%s_%s", schema->environment, o->section, o->key);

	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}

static void variable_mistake(struct conf_report *r, const struct conf_option *o, char *why)
{
	char *name = variable_name(r->schema, o);

	if (why != NULL) {
		fprintf(r->errors, "environment: %s: %s\n", name, why);
		r->wrong[o - r->schema->options] = r->failed = true;
	}
	free(why);
	free(name);
}

static void read_environment(struct conf_report *r)
{
	char *here = working_folder(), *name, *why;
	const char *text;

	for (const struct conf_option *o = r->schema->options; o->section != NULL; o++) {
		name = variable_name(r->schema, o);
		text = getenv(name);
		if (text != NULL) {
			conf_option_clear(o, r->conf);
			r->given[o - r->schema->options] = GIVEN_OUTSIDE;
			why = conf_option_set(o, r->conf, text, here);
			variable_mistake(r, o, why);
		}
		free(name);
	}
	free(here);
}

static void set_defaults(struct conf_report *r)
{
	char *why;

	for (const struct conf_option *o = r->schema->options; o->section != NULL; o++) {
		if (o->fallback == NULL)
			continue;
		why = conf_option_set(o, r->conf, o->fallback, r->folder);
		assert(why == NULL);
		free(why);
	}
}

/* The first mistake of an option, with the line or the variable that it came from. */
static void wrong_option(struct conf_report *r, const struct conf_option *o, char *why)
{
	size_t i = (size_t)(o - r->schema->options);
	unsigned last = r->line;

	if (r->wrong[i]) {
		free(why);
	} else if (r->given[i] == GIVEN_OUTSIDE) {
		variable_mistake(r, o, why);
	} else {
		r->wrong[i] = true;
		if (r->given[i] != 0)
			r->line = r->given[i];
		mistake(r, why);
		r->line = last;
	}
}

void conf_wrong(struct conf_report *r, const char *section, const char *key, char *why)
{
	const struct conf_option *o = find(r->schema, section, key);

	assert(o != NULL);
	wrong_option(r, o, mem_printf("[%s] %s: %s", section, key, why));
	free(why);
}

bool conf_is_wrong(const struct conf_report *r, const char *section, const char *key)
{
	const struct conf_option *o = find(r->schema, section, key);

	assert(o != NULL);
	return r->wrong[o - r->schema->options];
}

static void check_required(struct conf_report *r)
{
	for (const struct conf_option *o = r->schema->options; o->section != NULL; o++) {
		bool given = o->fallback != NULL || r->given[o - r->schema->options] != 0;

		if (o->required && (!given || conf_option_is_empty(o, r->conf)))
			wrong_option(r, o, mem_printf("[%s] %s is missing", o->section, o->key));
	}
}

int conf_read(const struct conf_schema *schema, const char *path, void *conf, void *arg,
              FILE *errors)
{
	struct conf_report r = { .schema = schema, .path = path, .conf = conf, .arg = arg,
	                     .errors = errors, .folder = folder_of(path) };
	size_t n = 0;

	while (schema->options[n].section != NULL)
		n++;
	r.given = mem_zero(n, sizeof *r.given);
	r.wrong = mem_zero(n, sizeof *r.wrong);
	set_defaults(&r);
	read_file(&r);
	if (schema->environment != NULL)
		read_environment(&r);
	if (r.file != NULL)
		check_required(&r);
	if (r.file != NULL && schema->check != NULL)
		schema->check(conf, &r);
	free(r.wrong);
	free(r.given);
	free(r.folder);
	return r.failed ? -1 : 0;
}

char *conf_set(const struct conf_schema *schema, void *conf, const char *assignment)
{
	size_t equals = strcspn(assignment, "="), dot = strcspn(assignment, ".");
	char *section, *key, *here, *why;
	const struct conf_option *o;

	if (assignment[equals] == '\0' || dot > equals)
		return mem_printf("'%s' is not section.key=value", assignment);
	section = mem_strndup(assignment, dot);
	key = mem_strndup(assignment + dot + 1, equals - dot - 1);
	here = working_folder();
	o = find(schema, section, key);
	if (o != NULL) {
		conf_option_clear(o, conf);
		why = conf_option_set(o, conf, assignment + equals + 1, here);
	} else if (has_section(schema, section)) {
		why = unknown_key(schema, section, key);
	} else {
		why = unknown_section(schema, section);
	}
	free(here);
	free(key);
	free(section);
	return why;
}

