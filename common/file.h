/* Files: read whole, replaced whole. All calls: 0 (or a value) or -1 with errno. */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Reads a file of at most max bytes, adds a NUL; the caller frees *text.
 * EFBIG if it is larger. */
int file_read(const char *path, size_t max, char **text, size_t *len);

/* The first line of a file, white space around it cut: a password or key. At
 * most 4 KiB. EINVAL if it is empty. Free it with mem_wipe(). */
int file_read_secret(const char *path, char **secret);

/* Replaces path whole: temporary file beside it, write, fsync, rename, fsync of
 * the directory. */
int file_replace(const char *path, const char *text, size_t len, mode_t mode);

/* The same for what is written bit by bit: begin opens PATH.new (NULL with
 * errno), commit puts it in the place of path, abort forgets it. Both close f;
 * commit aborts by itself when it fails, or when writing to f failed before. */
FILE *file_replace_begin(const char *path, mode_t mode);
int file_replace_commit(FILE *f, const char *path);
void file_replace_abort(FILE *f, const char *path);

/* Makes a directory and its parents, each synced into its own, also those that
 * exist, which is no error. */
int file_mkdirs(const char *path, mode_t mode);

/* fsync of the directory that path lies in. */
int file_sync_dir_of(const char *path);
/* fsync of a file and of the directory that it lies in: its name, too. */
int file_sync(const char *path);

/* Writes all n bytes, over EINTR and short writes. */
int file_write_all(int fd, const void *bytes, size_t n);

/* Opens (and makes) path and takes an exclusive lock that a crash gives back:
 * the descriptor. EWOULDBLOCK if another holds it. */
int file_lock(const char *path);

/* The same for DIR/lock, which another may give back within wait_ms. Blocks. */
int file_lock_in(const char *dir, int wait_ms);

#endif
