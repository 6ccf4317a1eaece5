/* One line on a terminal's stderr while something is waited for. */
#ifndef OPERATOR_PROGRESS_H
#define OPERATOR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;                  /* stderr is a terminal */
	bool shown;
	int64_t began;            /* monotonic ms */
};

void progress_begin(struct progress *p);

/* what is for people: cleaned and cut here. */
void progress_show(struct progress *p, const char *what);

/* Takes the line away. */
void progress_clear(struct progress *p);

#endif
