// link: operator/account_list.o operator/csv_read.o operator/fault.o operator/json.o
// link: operator/row.o operator/print_mfp.o operator/text.o operator/grid.o
/* Any file as a list of accounts: it is refused with its lines, or what was read is good for
 * a server and for file names, no JID comes twice, and written anew it reads the same. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "common/jid.h"
#include "common/mem.h"
#include "operator/account_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

/* What is said of mistakes and of columns, which the file's text is a part of. */
static void check_said(const char *said, bool ok)
{
	must(ok || *said != '\0');
	for (; *said != '\0'; said++)
		must(((unsigned char)*said >= 0x20 && *said != 0x7f) || *said == '\n');
}

static bool read_bytes(const void *bytes, size_t n, struct account_list *list)
{
	int fd = memfd_create("accounts", MFD_CLOEXEC);
	char path[40], *said = NULL;
	struct fault f = { 0 };
	size_t len;
	FILE *err = open_memstream(&said, &len);
	bool ok;

	must(fd >= 0 && file_write_all(fd, bytes, n) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ok = account_list_read(list, path, "example.com", err, &f);
	must(ok == (f.exit == 0));
	fclose(err);
	check_said(said, ok);
	free(said);
	fault_clear(&f);
	close(fd);
	return ok;
}

static void check_account(const struct account_list *list, size_t i)
{
	const struct account *a = &list->accounts[i];
	char *bare = jid_bare(a->jid);

	must(jid_valid(a->jid) && strcmp(bare, a->jid) == 0 && strchr(a->jid, '@') != NULL);
	must(strlen(a->jid) <= 240 && a->line > 0);
	must(a->password == NULL || account_password_mistake(a->password) == NULL);
	for (size_t k = i > 50 ? i - 50 : 0; k < i; k++)
		must(strcmp(list->accounts[k].jid, a->jid) != 0);
	free(bare);
}

static void put_cell(FILE *out, const char *cell, const char *behind)
{
	putc('"', out);
	for (; cell != NULL && *cell != '\0'; cell++)
		fputs(*cell == '"' ? "\"\"" : (const char[]){ *cell, '\0' }, out);
	fprintf(out, "\"%s", behind);
}

static char *written(const struct account_list *list, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	fputs("password,device\r\n", out);
	for (size_t i = 0; i < list->n; i++) {
		put_cell(out, list->accounts[i].password, ",");
		put_cell(out, list->accounts[i].jid, "\r\n");
	}
	fclose(out);
	return text;
}

static void check_again(const struct account_list *list)
{
	struct account_list again = { 0 };
	size_t len;
	char *text = written(list, &len);

	must(read_bytes(text, len, &again) && again.n == list->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct account *a = &list->accounts[i], *b = &again.accounts[i];

		must(strcmp(a->jid, b->jid) == 0 && (a->password == NULL) == (b->password == NULL));
		must(a->password == NULL || strcmp(a->password, b->password) == 0);
	}
	account_list_clear(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct account_list list = { 0 };

	if (read_bytes(data, size, &list)) {
		for (size_t i = 0; i < list.n; i++)
			check_account(&list, i);
		check_again(&list);
	}
	account_list_clear(&list);
	return 0;
}
