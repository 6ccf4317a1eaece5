#include "component/campaign_token.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "component/campaign.h"
#include "component/optional.h"
#include "component/record.h"

/* What makes a campaign another one, in the place of a request's device. The caller
 * frees it. */
static char *what_is_asked(const char *const *row)
{
	static const enum campaign_column columns[] = {
		CAMP_SELECT, CAMP_NAME, CAMP_RATE, CAMP_GROWTH, CAMP_RATE_MAX, CAMP_ABORT, CAMP_ABORT_AFTER,
	};
	char *text = mem_strdup("campaign"), *longer;

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		longer = mem_printf("%s\t%s", text, row[columns[i]] == NULL ? "" : row[columns[i]]);
		free(text);
		text = longer;
	}
	return text;
}

static struct token_content content_of(const char *const *row, const char *what)
{
	struct token_content content = {
		.operator_ = row[CAMP_OPERATOR], .token = optional_text(row[CAMP_TOKEN]), .device = what,
		.command = row[CAMP_COMMAND], .arguments = optional_text(row[CAMP_ARGUMENTS]),
	};

	record_get_int(row[CAMP_TIMEOUT], &content.timeout_s);
	record_get_int(row[CAMP_ATTEMPTS], &content.max_attempts);
	record_get_int(row[CAMP_EXPIRES], &content.expires_s);
	return content;
}

const struct token *campaign_token_find(const struct component *c, const char *const *row, bool *same)
{
	char *what = what_is_asked(row);
	const struct token_content content = content_of(row, what);
	const struct token *t = content.token == NULL ? NULL : token_find(&c->tokens, &content, same);

	free(what);
	return t;
}

void campaign_token_add(struct component *c, const char *const *row)
{
	char *what = what_is_asked(row);
	const struct token_content content = content_of(row, what);
	int64_t created = 0;

	record_get_time(row[CAMP_CREATED], &created);
	if (content.token != NULL)
		token_add(&c->tokens, &content, row[CAMP_ID], created, clock_wall_ms());
	free(what);
}
