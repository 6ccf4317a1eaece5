#include "operator/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "operator/text.h"

#define WIDTH 66    /* with the seconds it fits a line of 80 */

void progress_begin(struct progress *p)
{
	p->on = isatty(STDERR_FILENO);
	p->shown = false;
	p->began = clock_mono_ms();
}

void progress_show(struct progress *p, const char *what)
{
	char *clean;

	if (!p->on)
		return;
	clean = text_clean(what);
	text_cut(clean, WIDTH);
	fprintf(stderr, "\r%s, %" PRId64 " s\x1b[K", clean, (clock_mono_ms() - p->began) / 1000);
	fflush(stderr);
	p->shown = true;
	free(clean);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\x1b[K", stderr);
	p->shown = false;
}
