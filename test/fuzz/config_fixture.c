#include "test/fuzz/config_fixture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/mem.h"

static char folder[64], *path, *secret;

static void must(bool good)
{
	if (!good)
		abort();
}

static void clean_up(void)
{
	unlink(path);
	unlink(secret);
	rmdir(folder);
	free(path);
	free(secret);
}

static void set_up(void)
{
	static const char password[] = "long enough\n";

	snprintf(folder, sizeof folder, "%s/platen.XXXXXX",
	         access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	must(mkdtemp(folder) != NULL);
	path = mem_printf("%s/conf", folder);
	secret = mem_printf("%s/secret", folder);
	must(file_replace(secret, password, strlen(password), 0600) == 0);
	atexit(clean_up);
}

static void write_file(const char *text, size_t n)
{
	FILE *out = fopen(path, "w");

	must(out != NULL && fwrite(text, 1, n, out) == n && fclose(out) == 0);
}

/* NULL: it was refused. */
static char *read_and_print(const struct config_fixture *f, size_t *len)
{
	void *config = mem_zero(1, f->size);
	char *mistakes = NULL, *text = NULL;
	size_t n;
	FILE *errors = open_memstream(&mistakes, &n), *out = open_memstream(&text, len);
	bool ok = f->read(config, path, errors) == 0;

	fclose(errors);
	must(ok == (n == 0));
	if (ok)
		f->print(config, out);
	fclose(out);
	f->free(config);
	free(config);
	free(mistakes);
	if (ok)
		return text;
	free(text);
	return NULL;
}

static char *input_of(const struct config_fixture *f, const uint8_t *data, size_t size)
{
	size_t head = strlen(f->head);
	char *text = mem_alloc(head + size + 1);

	memcpy(text, f->head, head);
	memcpy(text + head, data, size);
	for (size_t i = head; i < head + size; i++)
		text[i] = text[i] == '/' ? '.' : text[i];
	return text;
}

void config_fixture_run(const struct config_fixture *f, const uint8_t *data, size_t size)
{
	size_t first_len = 0, second_len = 0;
	char *text, *first, *second;

	if (path == NULL)
		set_up();
	text = input_of(f, data, size);
	write_file(text, strlen(f->head) + size);
	first = read_and_print(f, &first_len);
	if (first != NULL) {
		write_file(first, first_len);
		second = read_and_print(f, &second_len);
		must(second != NULL && first_len == second_len && memcmp(first, second, first_len) == 0);
		free(second);
	}
	free(first);
	free(text);
}
