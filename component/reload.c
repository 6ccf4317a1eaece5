#include "component/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "component/audit.h"
#include "component/presence.h"

#define LOG_MODULE "platend"

static void take(struct component *c, struct units *units)
{
	units_free(c->units);
	c->units = units;
	presence_new_units(c);
	log_info("%s was read again", c->config.units_file);
}

void reload_units(struct component *c)
{
	char *mistakes = NULL;
	size_t n;
	FILE *errors = open_memstream(&mistakes, &n);
	struct units *units;

	if (errors == NULL)
		mem_fatal();
	units = units_read(c->config.units_file, errors);
	fclose(errors);
	fputs(mistakes, stderr);
	if (units != NULL)
		take(c, units);
	else
		log_error("%s has mistakes: what was read before stays in force", c->config.units_file);
	mistakes[strcspn(mistakes, "\n")] = '\0';
	audit_reload(c, units == NULL ? mistakes : NULL);
	free(mistakes);
}
