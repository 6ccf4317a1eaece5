#include "operator/campaign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/row.h"
#include "operator/submit.h"

/* What the component assumes. */
#define RATE 60

static const char *const numbers[] = { "timeout", "attempts", "expires", "rate", "rate-max", "abort",
                                       "abort-after" };
static const enum args_option number_options[] = { ARGS_TIMEOUT, ARGS_ATTEMPTS, ARGS_EXPIRES,
                                                   ARGS_RATE, ARGS_RATE_MAX, ARGS_ABORT,
                                                   ARGS_ABORT_AFTER };

static const char *const keys[] = { "unit", "model", "manufacturer", "firmware", "domain", "device",
                                    "online", NULL };

/* The payload. */

static bool is_key(const char *word, size_t len)
{
	const char *const *k = keys;

	while (*k != NULL && (strlen(*k) != len || memcmp(*k, word, len) != 0))
		k++;
	return *k != NULL;
}

static bool was_given(const struct args *a, size_t n, size_t len)
{
	size_t i = 0;

	while (i < n && (strncmp(a->where[i], a->where[n], len) != 0 || a->where[i][len] != '='))
		i++;
	return i < n;
}

static bool put_select(struct xml_writer *w, const struct args *a, struct fault *f)
{
	if (a->n_where == 0) {
		fault_set(f, EXIT_USAGE, "usage", "--where KEY=VALUE says which devices; "
		          "all of them: --where 'device=*@*'");
		return false;
	}
	xml_open(w, "select", ROW_OPERATION_NS);
	for (size_t i = 0; i < a->n_where; i++) {
		const char *value;
		size_t len = args_pair(a->where[i], &value);

		if (len == 0 || !is_key(a->where[i], len)) {
			fault_set(f, EXIT_USAGE, "usage", "--where '%s' is no KEY=VALUE, KEY one of unit, model, "
			          "manufacturer, firmware, domain, device, online", a->where[i]);
			return false;
		}
		if (was_given(a, i, len)) {
			fault_set(f, EXIT_USAGE, "usage", "--where %.*s= is given twice", (int)len, a->where[i]);
			return false;
		}
		xml_attr_n(w, a->where[i], len, value);
	}
	xml_close(w);
	return true;
}

/* 1 to 10, up to three decimals. */
static bool is_growth(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	double growth;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	if (whole == 0 || whole > 2 || part > 3 || (text[whole] == '.' && part == 0) ||
	    text[whole + part + (text[whole] == '.')] != '\0')
		return false;
	growth = strtod(text, NULL);
	return growth >= 1 && growth <= 10;
}

static bool check_rates(const struct args *a, struct fault *f)
{
	const char *growth = a->options[ARGS_GROWTH];
	int64_t rate = args_number(a, ARGS_RATE, RATE);

	if (growth != NULL && !is_growth(growth))
		fault_set(f, EXIT_USAGE, "usage", "--growth: '%s' is no number from 1 to 10 with up to three "
		          "decimals", growth);
	else if (args_number(a, ARGS_RATE_MAX, rate) < rate)
		fault_set(f, EXIT_USAGE, "usage", "--rate-max is below the rate, %" PRId64, rate);
	else
		return true;
	return false;
}

char *campaign_payload(const struct args *a, const char *token, struct fault *f)
{
	struct xml_writer w = { 0 };

	if (!check_rates(a, f))
		return NULL;
	xml_open(&w, "campaign", ROW_OPERATION_NS);
	xml_attr(&w, "command", a->words[2]);
	xml_attr(&w, "name", a->options[ARGS_NAME]);
	xml_attr(&w, "growth", a->options[ARGS_GROWTH]);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (a->options[number_options[i]] != NULL)
			xml_attr_int(&w, numbers[i], args_number(a, number_options[i], 0));
	}
	if (a->options[ARGS_DRY_RUN] != NULL)
		xml_attr(&w, "dry-run", "true");
	else
		xml_attr(&w, "token", token);
	if (!put_select(&w, a, f)) {
		xml_writer_free(&w);
		return NULL;
	}
	return submit_arguments(&w, a, f) ? submit_take(&w, f) : NULL;
}

/* Its end. */

static int64_t count(const struct xml *el, const char *status)
{
	int64_t n = 0;

	xml_get_int(xml_child(el, "counts", ROW_OPERATION_NS), status, &n);
	return n;
}

static bool is_status(const struct xml *el, const char *status)
{
	const char *has = xml_get(el, "status");

	return has != NULL && strcmp(has, status) == 0;
}

bool campaign_is_open(const struct xml *el)
{
	return !is_status(el, "finished") && !is_status(el, "cancelled") && !is_status(el, "aborted");
}

int campaign_exit(const struct xml *el)
{
	if (campaign_is_open(el))
		return EXIT_OK;
	if (!is_status(el, "finished") || count(el, "failed") + count(el, "refused") +
	    count(el, "cancelled") > 0)
		return EXIT_REFUSED;
	return count(el, "unknown") + count(el, "expired") + count(el, "no-response") > 0
	       ? EXIT_NO_ANSWER : EXIT_OK;
}
