// link: operator/row.o operator/json.o operator/print.o operator/print_mfp.o operator/grid.o operator/text.o
// link: operator/csv.o operator/event.o
/* Any <request/>, <device/> or <event/>, known or not, is read and printed both ways; what
 * is for people holds no control character but the newline. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "operator/event.h"
#include "operator/json.h"
#include "operator/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
		if (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)
			abort();
	}
}

static void check_json(json_t *value)
{
	char *text = json_dumps(value, 0);

	if (text == NULL)
		abort();
	free(text);
	json_decref(value);
}

static void print_row(const struct xml *el, FILE *out)
{
	struct grid requests = { .columns = print_request_columns, .n_columns = 5 };
	struct grid devices = { .columns = print_device_columns, .n_columns = 7 };
	struct grid events = { .columns = event_columns, .n_columns = 5 };
	struct row_request r;
	struct row_device d;
	struct event e;

	row_request_read(&r, el);
	check_json(json_request(&r));
	print_request(&r, true, out);
	print_request_row(&r, &requests);
	grid_print(&requests, "", out);
	row_request_clear(&r);
	row_device_read(&d, el);
	check_json(json_device(&d));
	print_device(&d, true, out);
	print_device_row(&d, &devices);
	grid_print(&devices, "", out);
	row_device_clear(&d);
	event_read(&e, el);
	check_json(event_json(&e));
	event_cells(&e, &events);
	grid_print(&events, "", out);
	event_clear(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml *el = xml_parse((const char *)data, size, &xml_limits_stanza, NULL);
	char *text;
	size_t len;
	FILE *out;

	if (el == NULL)
		return 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	out = open_memstream(&text, &len);
	print_row(el, out);
	fclose(out);
	check_text(text, len);
	free(text);
	xml_free(el);
	return 0;
}
