// link: component/token.o
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "component/token.h"

#define NOW INT64_C(1767355200000)

#define ID_1 "019b7f2e-0000-7000-8000-000000000001"
#define ID_2 "019b7f2e-0000-7000-8000-000000000002"

static const struct token_content base = {
	"alice@example.com", "abc", "mfp-1@example.com", "print", "<argument/>", NULL, 30, 3, 300,
};

static void the_same_content_is_found(void **state)
{
	struct tokens all = { 0 };
	const struct token *t;
	bool same = false;

	(void)state;
	assert_null(token_find(&all, &base, &same));
	token_add(&all, &base, ID_1, NOW, NOW);
	t = token_find(&all, &base, &same);
	assert_non_null(t);
	assert_true(same);
	assert_string_equal(t->id, ID_1);
	assert_null(t->ended);
	token_ended(&all, base.operator_, base.token, ID_1, "responded", 7);
	assert_string_equal(t->ended, "responded");
	assert_int_equal(t->ticket, 7);
	token_ended(&all, base.operator_, "no such token", ID_1, "failed", 8);
	token_ended(&all, base.operator_, base.token, ID_2, "failed", 8);
	assert_string_equal(t->ended, "responded");
	tokens_free(&all);
	assert_null(token_find(&all, &base, &same));
}

static void any_other_content_is_another(void **state)
{
	struct token_content other[8];
	struct tokens all = { 0 };
	bool same;

	(void)state;
	token_add(&all, &base, ID_1, NOW, NOW);
	for (int i = 0; i < 8; i++)
		other[i] = base;
	other[0].device = "mfp-2@example.com";
	other[1].command = "scan";
	other[2].arguments = NULL;
	other[3].timeout_s = 31;
	other[4].max_attempts = 4;
	other[5].expires_s = 301;
	/* The same bytes, parted differently. */
	other[6].device = "mfp-1@example.comp";
	other[6].command = "rint";
	other[7].command = "prin";
	other[7].arguments = "t<argument/>";
	for (int i = 0; i < 8; i++) {
		same = true;
		assert_non_null(token_find(&all, &other[i], &same));
		assert_false(same);
	}
	tokens_free(&all);
}

static void another_operators_token_is_another(void **state)
{
	struct token_content bob = base, moved = base;
	struct tokens all = { 0 };
	bool same;

	(void)state;
	token_add(&all, &base, ID_1, NOW, NOW);
	bob.operator_ = "bob@example.com";
	assert_null(token_find(&all, &bob, &same));
	moved.operator_ = "alice@example.coma";
	moved.token = "bc";
	assert_null(token_find(&all, &moved, &same));
	tokens_free(&all);
}

static void add(struct tokens *all, const char *token, int64_t created, int64_t now)
{
	struct token_content c = base;

	c.token = token;
	token_add(all, &c, ID_1, created, now);
}

static bool has(const struct tokens *all, const char *token)
{
	struct token_content c = base;
	bool same;

	c.token = token;
	return token_find(all, &c, &same) != NULL;
}

static void what_is_older_than_a_day_goes(void **state)
{
	struct tokens all = { 0 };

	(void)state;
	add(&all, "1", NOW, NOW);
	add(&all, "2", NOW + 1, NOW + 1);
	add(&all, "3", NOW + TOKEN_DAY_MS, NOW + TOKEN_DAY_MS);
	assert_true(has(&all, "1") && has(&all, "2") && has(&all, "3"));
	add(&all, "4", NOW + TOKEN_DAY_MS + 1, NOW + TOKEN_DAY_MS + 1);
	assert_false(has(&all, "1"));
	assert_true(has(&all, "2") && has(&all, "3") && has(&all, "4"));
	/* One read from disk that is too old is not kept at all. */
	add(&all, "5", NOW - 1, NOW + 3 * TOKEN_DAY_MS);
	assert_false(has(&all, "5"));
	assert_int_equal(HASH_COUNT(all.by_key), 0);
	tokens_free(&all);
}

static void the_newest_of_the_same_token_counts(void **state)
{
	struct tokens all = { 0 };
	bool same;

	(void)state;
	token_add(&all, &base, ID_1, NOW, NOW);
	token_add(&all, &base, ID_2, NOW, NOW);
	/* As rows are read: the final ends first, then what is live. */
	token_add(&all, &base, ID_1, NOW, NOW);
	token_add(&all, &base, ID_1, NOW - TOKEN_DAY_MS, NOW);
	assert_string_equal(token_find(&all, &base, &same)->id, ID_2);
	assert_int_equal(HASH_COUNT(all.by_key), 1);
	tokens_free(&all);
}

static void what_was_read_in_any_order_goes_in_its_own(void **state)
{
	struct tokens all = { 0 };

	(void)state;
	add(&all, "2", NOW + 2, NOW + 3);
	add(&all, "3", NOW + 3, NOW + 3);
	add(&all, "1", NOW + 1, NOW + 3);
	tokens_sort(&all);
	add(&all, "4", NOW + TOKEN_DAY_MS + 2, NOW + TOKEN_DAY_MS + 2);
	assert_false(has(&all, "1"));
	assert_true(has(&all, "2") && has(&all, "3") && has(&all, "4"));
	tokens_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_content_is_found),
		cmocka_unit_test(any_other_content_is_another),
		cmocka_unit_test(another_operators_token_is_another),
		cmocka_unit_test(what_is_older_than_a_day_goes),
		cmocka_unit_test(the_newest_of_the_same_token_counts),
		cmocka_unit_test(what_was_read_in_any_order_goes_in_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
