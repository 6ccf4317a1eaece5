#include "operator/show.h"

#include <stdio.h>

#include "operator/json.h"
#include "operator/print.h"

void show_device(const struct session *s, const struct xml *el)
{
	struct row_device row;

	row_device_read(&row, el);
	if (s->json)
		json_print(stdout, json_device(&row));
	else
		print_device(&row, s->terminal, stdout);
	row_device_clear(&row);
}
