#include "operator/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "operator/print_mfp.h"
#include "operator/text.h"

#define END "\r\n"

static const char *const request_names[] = {
	"id", "device", "via", "command", "operator", "unit", "status", "cause", "created",
	"transmitted", "responded", "ended", "response_ms", "attempts", "expires", "late",
	"error_condition", "error_text",
};

/* Ahead of the facts and behind them. */
static const char *const device_names[] = { "device", "via", "unit", "online", "since" };
static const char *const figure_names[] = { "lowest_supply", "lowest_percent", "life_count",
                                            "taken", "decommissioned", "successor",
                                            "predecessor", "warnings" };

static const char *const unassigned_names[] = { "device", "reason", "first", "last", "times" };
static const char *const account_names[] = { "device", "result", "error_condition",
                                             "error_text" };

#define BLANKS " \t\r\n"
#define N(array) (sizeof (array) / sizeof *(array))

/* Some spreadsheets part cells at semicolons as well as at commas, and take spaces at the
 * ends away. */
static bool needs_quotes(const char *s)
{
	size_t n = strlen(s);

	return strpbrk(s, "\",;") != NULL || (n > 0 && (s[0] == ' ' || s[n - 1] == ' '));
}

static void quoted(FILE *out, const char *s)
{
	putc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			putc('"', out);
		putc(*s, out);
	}
	putc('"', out);
}

/* = + - @ and the same in full width, which Excel takes for them. */
static bool is_sign(const char *s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
	                                    "\xef\xbc\xa0" };

	for (size_t i = 0; i < N(wide); i++) {
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return true;
	}
	return *s != '\0' && strchr("=+-@", *s) != NULL;
}

static bool is_formula(const char *s)
{
	return is_sign(s + strspn(s, BLANKS "\""));
}

/* Where cells are parted at semicolons or tabs only, our quotes are not at a cell's
 * beginning and so are none: each piece is a cell. The caller frees it. */
static char *without_formulas(const char *text)
{
	size_t len = strlen(text), blanks = strspn(text, BLANKS);
	char *safe = mem_alloc(2 * len + 2), *to = safe;

	if (len > 0 && (strchr("\t\r\n", *text) != NULL || is_formula(text)))
		*to++ = '\'';
	for (size_t i = 0; i < len; i++) {
		*to++ = text[i];
		if (i >= blanks && (text[i] == ';' || text[i] == '\t') && is_formula(text + i + 1))
			*to++ = '\'';
	}
	*to = '\0';
	return safe;
}

void csv_text(FILE *out, const char *text, bool is_first)
{
	char *safe = without_formulas(text == NULL ? "" : text), *cell = text_clean(safe);

	if (!is_first)
		putc(',', out);
	if (needs_quotes(cell))
		quoted(out, cell);
	else
		fputs(cell, out);
	free(cell);
	free(safe);
}

static void text(FILE *out, const char *value)
{
	csv_text(out, value, false);
}

static void number(FILE *out, struct mfp_number n)
{
	putc(',', out);
	if (n.known)
		fprintf(out, "%" PRId64, n.value);
}

static void when(FILE *out, int64_t wall_ms)
{
	char s[CLOCK_STRING];

	text(out, wall_ms == ROW_NO_TIME ? NULL : clock_format(wall_ms, s));
}

static void names(FILE *out, const char *const *list, size_t n, bool is_first)
{
	for (size_t i = 0; i < n; i++)
		csv_text(out, list[i], is_first && i == 0);
}

void csv_request_head(FILE *out)
{
	names(out, request_names, N(request_names), true);
	fputs(END, out);
}

void csv_request(FILE *out, const struct row_request *r)
{
	csv_text(out, r->id, true);
	text(out, r->device);
	text(out, r->via);
	text(out, r->command);
	text(out, r->operator_);
	text(out, r->unit);
	text(out, r->status);
	text(out, r->cause);
	when(out, r->created);
	when(out, r->transmitted);
	when(out, r->responded);
	when(out, r->ended);
	number(out, r->response_ms);
	number(out, r->attempts);
	when(out, r->expires);
	text(out, r->late ? "true" : "false");
	text(out, r->error_condition);
	text(out, r->error_text);
	fputs(END, out);
}

void csv_device_head(FILE *out)
{
	names(out, device_names, N(device_names), true);
	names(out, mfp_fact_names, MFP_FACTS, false);
	names(out, figure_names, N(figure_names), false);
	fputs(END, out);
}

/* Their conditions. */
static void warnings(FILE *out, const struct row_device *d)
{
	char *all = mem_strdup(""), *longer;

	for (size_t i = 0; i < d->n_warnings; i++) {
		longer = mem_printf("%s%s%s", all, *all ? " " : "",
		                    d->warnings[i].condition == NULL ? "?" : d->warnings[i].condition);
		free(all);
		all = longer;
	}
	text(out, all);
	free(all);
}

void csv_device(FILE *out, const struct row_device *d)
{
	const struct mfp_supply *lowest = print_mfp_lowest_supply(&d->data);

	csv_text(out, d->device, true);
	text(out, d->via);
	text(out, d->unit);
	text(out, d->online < 0 ? NULL : d->online ? "true" : "false");
	when(out, d->since);
	for (size_t i = 0; i < MFP_FACTS; i++)
		text(out, d->facts[i]);
	text(out, lowest == NULL ? NULL : lowest->description != NULL ? lowest->description
	                                                              : lowest->type);
	number(out, lowest == NULL ? (struct mfp_number){ .known = false } : lowest->percent);
	number(out, print_mfp_life(&d->data));
	when(out, d->taken);
	when(out, d->decommissioned);
	text(out, d->successor);
	text(out, d->predecessor);
	warnings(out, d);
	fputs(END, out);
}

void csv_unassigned_head(FILE *out)
{
	names(out, unassigned_names, N(unassigned_names), true);
	names(out, mfp_fact_names, MFP_FACTS, false);
	text(out, "client");
	fputs(END, out);
}

void csv_unassigned(FILE *out, const struct row_unassigned *u)
{
	csv_text(out, u->device, true);
	text(out, u->reason);
	when(out, u->first);
	when(out, u->last);
	number(out, u->times);
	for (size_t i = 0; i < MFP_FACTS; i++)
		text(out, u->facts[i]);
	text(out, u->client);
	fputs(END, out);
}

void csv_account_head(FILE *out)
{
	names(out, account_names, N(account_names), true);
	fputs(END, out);
}

void csv_account(FILE *out, const char *jid, const char *result, const char *condition,
                 const char *said)
{
	csv_text(out, jid, true);
	text(out, result);
	text(out, condition);
	text(out, said);
	fputs(END, out);
}
