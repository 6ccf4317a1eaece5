/* Feeds every file of the folders named in its arguments to one fuzz target: what
 * was once found stays found, without a fuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;
	int rc = -1;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		goto out;
	/* Exactly as long as the input, so that reading past its end is seen. */
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		goto out;
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	rc = 0;
out:
	if (rc)
		perror(path);
	free(data);
	if (f)
		fclose(f);
	return rc;
}

static int replay_folder(const char *folder)
{
	char path[4096];
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int files = 0, bad = 0;

	if (!dir) {
		perror(folder);
		return -1;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		bad |= replay_file(path);
		files++;
	}
	closedir(dir);
	if (!files)
		fprintf(stderr, "%s: an empty corpus tests nothing\n", folder);
	return files && !bad ? 0 : -1;
}

int main(int argc, char **argv)
{
	int i, bad = argc < 2;

	for (i = 1; i < argc; i++)
		bad |= replay_folder(argv[i]);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
