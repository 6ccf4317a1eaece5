/* A segment line by line: what table_read(), table_repair() and table_merge()
 * stand on; for no one else. */
#ifndef COMMON_TABLE_SCAN_H
#define COMMON_TABLE_SCAN_H

#include "common/table.h"

/* A longer line is none of ours: it is met in pieces of this size, damaged. */
#define TABLE_LINE_MAX (16u * 1024 * 1024)
/* Of segments, PATH.damaged and directories. */
#define TABLE_MODE 0640
#define TABLE_DIR_MODE 0750
/* Behind the version in the header of a merged file, with a number. */
#define TABLE_MERGED_MARK " merged/"

enum table_line { TABLE_END, TABLE_ROW, TABLE_DAMAGED, TABLE_TORN, TABLE_FAILED };

struct table_scan {
	const struct table_schema *schema;
	/* What table_scan_next() met: its line without newline, where it begins,
	 * and of a row its values, valid until the next call. */
	const char *line;
	size_t len;
	uint64_t offset;
	const char *values[TABLE_COLUMNS];
	/* The header line as it is in the file; NULL if that is none. */
	char *header;
	bool merged;                 /* it says so, */
	unsigned last;               /* of the segments up to this one */

	/* Private from here. */
	int fd;
	char *buf;
	size_t cap, start, end;
	size_t next_read;            /* at most */
	uint64_t next_offset;
	enum table_line first;       /* what is met before any row; TABLE_ROW: nothing */
	size_t n_columns;            /* of the file */
	int map[TABLE_COLUMNS];      /* of the file's columns: the schema's, or -1 */
	char *text;                  /* the row, decoded */
	size_t text_cap;
};

/* Opens a segment and reads its header. 0 or -1 as table_read(); close it in
 * both cases. A torn header is met by table_scan_next() as TABLE_TORN, a
 * damaged one as TABLE_DAMAGED: the rows are then read as the current version. */
int table_scan_open(struct table_scan *s, const char *path, const struct table_schema *schema,
                    char **why);
/* The same for a file that is open (the scan closes it); path is for *why. */
int table_scan_start(struct table_scan *s, int fd, const char *path,
                     const struct table_schema *schema, char **why);
void table_scan_close(struct table_scan *s);

/* The next line. TABLE_FAILED with errno. */
enum table_line table_scan_next(struct table_scan *s);

/* Goes to the line at offset; table_scan_next() reads it. -1 with errno. */
int table_scan_seek(struct table_scan *s, uint64_t offset);

/* Takes a line that the caller has read (and keeps until the next call) for the one
 * at offset; false: it is damaged. table_scan_seek() before table_scan_next(). */
bool table_scan_line(struct table_scan *s, const char *line, size_t len, uint64_t offset);

#endif
