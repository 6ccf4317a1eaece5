// link: component/arrow.o component/record.o component/request.o component/columns.o component/deadline.o
/* The table of arrows is the one of docs/protocol.md, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/conf.h"
#include "common/mem.h"
#include "component/arrow.h"

#define SECTION "### The life of a request"

/* "queued, transmitted" as bits. */
static unsigned read_set(const char *cell)
{
	char **names = conf_split(cell);
	enum request_status status;
	unsigned set = 0;

	for (char **name = names; *name != NULL; name++) {
		if (strcmp(*name, "(new)") == 0) {
			set |= 1u << ARROW_NEW;
			continue;
		}
		assert_true(request_status_parse(*name, &status));
		set |= 1u << status;
	}
	conf_list_free(names);
	return set;
}

static void compare_row(const struct arrows *a, char *line)
{
	char *cells[4] = { NULL };

	for (size_t i = 0; i < 4; i++)
		cells[i] = strsep(&line, "|");
	assert_non_null(cells[3]);
	assert_int_equal(read_set(cells[1]), a->from);
	cells[2] += strspn(cells[2], " ");
	cells[2][strcspn(cells[2], " ")] = '\0';
	assert_string_equal(cells[2], a->cause);
	assert_int_equal(read_set(cells[3]), a->to);
}

static void the_page_has_the_same_arrows(void **state)
{
	FILE *f = fopen("docs/protocol.md", "r");
	size_t n = 0, head = 2;
	char line[1000];
	bool here = false;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		if (*line == '#')
			here = strncmp(line, SECTION, strlen(SECTION)) == 0;
		if (!here || *line != '|' || (head > 0 && head-- > 0))
			continue;
		assert_in_range(n, 0, n_arrows - 1);
		compare_row(&arrows[n++], line);
	}
	fclose(f);
	assert_int_equal(n, n_arrows);
}

static void what_is_not_in_the_table_is_no_arrow(void **state)
{
	struct request r = { .status = RESPONDED };

	(void)state;
	assert_true(arrow_is(NULL, "submitted", "queued"));
	assert_false(arrow_is(NULL, "sent", "transmitted"));
	assert_false(arrow_is(&r, "outcome", "responded"));
	r.status = TRANSMITTED;
	assert_true(arrow_is(&r, "outcome", "responded"));
	assert_false(arrow_is(&r, "retry", "responded"));
	assert_false(arrow_is(&r, "outcome", "done"));
	r.status = NO_RESPONSE;
	assert_true(arrow_is(&r, "outcome", "failed"));
	assert_false(arrow_is(&r, "outcome", "unknown"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_has_the_same_arrows),
		cmocka_unit_test(what_is_not_in_the_table_is_no_arrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
