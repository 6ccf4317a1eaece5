#include "operator/account_list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/jid.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "operator/csv_read.h"
#include "operator/text.h"

/* Last, because it looks at the compiler's warnings anew. */
#include <uthash.h>

#define FILE_MAX (16 * 1024 * 1024)
#define JID_BYTES 240         /* a password's file has the JID as its name */
#define PASSWORD_BYTES 1023
#define TOLD_MAX 100

struct name {
	const char *jid;
	unsigned line;
	UT_hash_handle hh;
};

struct reading {
	const char *path, *domain;
	FILE *err;
	struct account_list *list;
	struct csv_reader csv;
	size_t columns, device, password;    /* password: columns if there is none */
	struct name *names;                  /* JIDs so far */
	size_t mistakes;
};

static void tell(struct reading *r, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void tell(struct reading *r, unsigned line, const char *fmt, ...)
{
	va_list ap;
	char *text, *clean;

	if (r->mistakes++ >= TOLD_MAX)
		return;
	va_start(ap, fmt);
	text = mem_vprintf(fmt, ap);
	va_end(ap);
	clean = text_clean(text);
	fprintf(r->err, "%s:%u: %s\n", r->path, line, clean);
	free(clean);
	free(text);
}

const char *account_password_mistake(const char *password)
{
	size_t n = strlen(password);

	if (n > PASSWORD_BYTES)
		return "the password is over 1023 bytes";
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)password[i] < 0x20 || password[i] == 0x7f)
			return "the password has a control character";
	}
	if (n > 0 && (password[0] == ' ' || password[n - 1] == ' '))
		return "the password begins or ends with a space";
	return NULL;
}

/* The bare JID, or NULL with *why (a constant). */
static char *jid_of(const char *device, const char *domain, const char **why)
{
	char *jid = strchr(device, '@') != NULL ? mem_strdup(device)
	                                        : mem_printf("%s@%s", device, domain), *bare;

	*why = NULL;
	if (*device == '\0')
		*why = "there is no device in it";
	else if (!utf8_valid(jid, strlen(jid)) || !jid_valid(jid))
		*why = "not a device's name or JID";
	else if (jid_resource(jid) != NULL)
		*why = "a JID without a resource is needed";
	bare = *why == NULL ? jid_bare(jid) : NULL;
	free(jid);
	if (bare == NULL || strlen(bare) <= JID_BYTES)
		return bare;
	*why = "the JID is over 240 bytes";
	free(bare);
	return NULL;
}

static void add(struct account_list *list, char *jid, const char *password, unsigned line)
{
	/* Doubled whenever its number is a power of two. */
	if ((list->n & (list->n - 1)) == 0)
		list->accounts = mem_realloc(list->accounts,
		                             (list->n ? list->n * 2 : 1) * sizeof *list->accounts);
	list->accounts[list->n++] = (struct account){ .jid = jid, .line = line,
		.password = password != NULL && *password != '\0' ? mem_strdup(password) : NULL };
}

/* 0, or in which line this JID stands already. */
static unsigned twice(struct name **names, const char *jid, unsigned line)
{
	struct name *name;

	HASH_FIND_STR(*names, jid, name);
	if (name != NULL)
		return name->line;
	name = mem_zero(1, sizeof *name);
	name->jid = jid;
	name->line = line;
	HASH_ADD_KEYPTR(hh, *names, name->jid, strlen(name->jid), name);
	return 0;
}

static void forget_names(struct name **names)
{
	struct name *name, *next;

	HASH_ITER(hh, *names, name, next) {
		HASH_DEL(*names, name);
		free(name);
	}
}

static void take_row(struct reading *r)
{
	const struct csv_reader *c = &r->csv;
	const char *device, *password, *why;
	unsigned before;
	char *jid;

	if (c->n_cells != r->columns) {
		tell(r, c->line, "it has %zu cells, the first line has %zu", c->n_cells, r->columns);
		return;
	}
	device = c->cells[r->device];
	password = r->password < r->columns ? c->cells[r->password] : "";
	jid = jid_of(device, r->domain, &why);
	if (why != NULL)
		tell(r, c->line, "%s%s%s", device, *device ? ": " : "", why);
	why = account_password_mistake(password);
	if (why != NULL)
		tell(r, c->line, "%s", why);
	if (jid == NULL)
		return;
	add(r->list, jid, password, c->line);
	before = twice(&r->names, jid, c->line);
	if (before != 0)
		tell(r, c->line, "%s is in line %u already", jid, before);
}

/* Where the column stands; n_cells: nowhere. */
static size_t find_column(struct reading *r, const char *name)
{
	const struct csv_reader *c = &r->csv;
	size_t found = c->n_cells;

	for (size_t i = 0; i < c->n_cells; i++) {
		if (strcmp(c->cells[i], name) != 0)
			continue;
		if (found < c->n_cells)
			tell(r, c->line, "two columns are named %s", name);
		found = i;
	}
	return found;
}

static void tell_unused(const struct reading *r)
{
	const struct csv_reader *c = &r->csv;
	const char *between = " ";
	char *clean;

	if (c->n_cells == 1 + (r->password < c->n_cells))
		return;
	fprintf(r->err, "%s: columns that are not used:", r->path);
	for (size_t i = 0; i < c->n_cells; i++) {
		if (i == r->device || i == r->password)
			continue;
		clean = text_clean(c->cells[i]);
		fprintf(r->err, "%s%s", between, clean);
		between = ", ";
		free(clean);
	}
	putc('\n', r->err);
}

/* False if the rows cannot be read without it. */
static bool take_head(struct reading *r)
{
	const char *why;
	int got = csv_read_row(&r->csv, &why);

	if (got <= 0) {
		tell(r, r->csv.line, "%s", got < 0 ? why : "it is empty");
		return false;
	}
	r->columns = r->csv.n_cells;
	r->device = find_column(r, "device");
	r->password = find_column(r, "password");
	if (r->device == r->columns)
		tell(r, r->csv.line, "there is no column named device (commas part columns)");
	else if (r->mistakes == 0)
		tell_unused(r);
	return r->device < r->columns;
}

static bool check_utf8(struct reading *r, const char *text, size_t len)
{
	unsigned line = 1;
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = utf8_char(text, len);
		if (n == 0) {
			tell(r, line, "it is not UTF-8; save it as CSV in UTF-8");
			return false;
		}
		line += *text == '\n';
	}
	return true;
}

static void take_rows(struct reading *r)
{
	const char *why;
	int got;

	while ((got = csv_read_row(&r->csv, &why)) != 0) {
		if (got < 0)
			tell(r, r->csv.line, "%s", why);
		else if (r->list->n < ACCOUNT_LIST_MAX)
			take_row(r);
		else {
			tell(r, r->csv.line, "more than %d devices", ACCOUNT_LIST_MAX);
			return;
		}
	}
	if (r->list->n == 0 && r->mistakes == 0)
		tell(r, r->csv.line, "there is no device in it");
}

bool account_list_read(struct account_list *list, const char *path, const char *domain, FILE *err,
                       struct fault *f)
{
	struct reading r = { .path = path, .domain = domain, .err = err, .list = list };
	char *text;
	size_t len;

	if (file_read(path, FILE_MAX, &text, &len) != 0) {
		fault_set(f, EXIT_USAGE, "bad-file", "%s: %s", path,
		          errno == EFBIG ? "it is over 16 MiB" : strerror(errno));
		return false;
	}
	if (check_utf8(&r, text, len)) {
		csv_read_begin(&r.csv, text, len);
		if (take_head(&r))
			take_rows(&r);
	}
	forget_names(&r.names);
	mem_wipe(text, len);
	if (r.mistakes > 0)
		fault_set(f, EXIT_USAGE, "bad-file", "%s has %zu mistake%s; nothing was done", path,
		          r.mistakes, r.mistakes == 1 ? "" : "s");
	return r.mistakes == 0;
}

bool account_list_words(struct account_list *list, const char *const *words, size_t n,
                        const char *domain, struct fault *f)
{
	struct name *names = NULL;
	const char *why = NULL;
	char *jid;

	for (size_t i = 0; i < n && f->exit == 0; i++) {
		jid = jid_of(words[i], domain, &why);
		if (jid == NULL) {
			fault_set(f, EXIT_USAGE, "usage", "'%s': %s", words[i], why);
			break;
		}
		add(list, jid, NULL, 0);
		if (twice(&names, jid, 1) != 0)
			fault_set(f, EXIT_USAGE, "usage", "%s is named twice", jid);
	}
	forget_names(&names);
	return f->exit == 0;
}

void account_list_clear(struct account_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->accounts[i].jid);
		if (list->accounts[i].password != NULL)
			mem_wipe(list->accounts[i].password, strlen(list->accounts[i].password));
	}
	free(list->accounts);
	memset(list, 0, sizeof *list);
}
