#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "operator/campaign.h"
#include "operator/row.h"

/* A key of the JSON is the attribute's name, with '_' for '-'. */

static void put(json_t *o, const char *key, json_t *value)
{
	char *name = mem_strdup(key);

	for (char *c = name; (c = strchr(c, '-')) != NULL; )
		*c = '_';
	if (value == NULL || json_object_set_new(o, name, value) != 0)
		mem_fatal();
	free(name);
}

static void put_texts(json_t *o, const struct xml *el, const char *const *names)
{
	for (; *names != NULL; names++)
		put(o, *names, xml_get(el, *names) == NULL ? json_null() : json_string(xml_get(el, *names)));
}

static void put_numbers(json_t *o, const struct xml *el, const char *const *names)
{
	for (; *names != NULL; names++) {
		int64_t n;

		put(o, *names, xml_get_int(el, *names, &n) ? json_integer(n) : json_null());
	}
}

/* What has decimals. */
static json_t *real(const struct xml *el, const char *name)
{
	const char *text = xml_get(el, name);

	return text == NULL ? json_null() : json_real(strtod(text, NULL));
}

static json_t *truth(const struct xml *el, const char *name)
{
	const char *text = xml_get(el, name);

	return text == NULL ? json_null() : json_boolean(strcmp(text, "true") == 0);
}

static json_t *select_json(const struct xml *select)
{
	static const char *const texts[] = { "unit", "model", "manufacturer", "firmware", "domain",
	                                     "device", NULL };
	json_t *o = json_object();

	put_texts(o, select, texts);
	put(o, "online", truth(select, "online"));
	return o;
}

static json_t *arguments_json(const struct xml *el)
{
	const struct xml *a = xml_child(el, "argument", ROW_OPERATION_NS);
	json_t *o = json_object();

	for (; a != NULL; a = xml_again(a, "argument", ROW_OPERATION_NS)) {
		const char *name = xml_get(a, "name");

		if (name != NULL && json_object_set_new(o, name, json_string(xml_text_of(a))) != 0)
			mem_fatal();
	}
	return o;
}

/* In a dry run with how many they have. One without a name is of so many units. */
static json_t *units_json(const struct xml *el)
{
	static const char *const names[] = { "name", NULL };
	static const char *const counts[] = { "units", "members", "online", NULL };
	const struct xml *u = xml_child(el, "unit", ROW_OPERATION_NS);
	json_t *list = json_array(), *o;

	for (; u != NULL; u = xml_again(u, "unit", ROW_OPERATION_NS)) {
		o = json_object();
		put_texts(o, u, names);
		put_numbers(o, u, counts);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *campaign_json(const struct xml *el, json_t *devices)
{
	static const char *const texts[] = { "id", "name", "status", "cause", "by", "command", "operator",
	                                     NULL };
	static const char *const times[] = { "created", "ended", "estimate", NULL };
	static const char *const whole[] = { "rate-max", "abort", "abort-after", "timeout", "attempts",
	                                     "expires", "members", "online", "retried", NULL };
	static const char *const statuses[] = { "waiting", "open", "responded", "failed", "refused",
	                                        "unknown", "expired", "no-response", "cancelled", NULL };
	const struct xml *counts = xml_child(el, "counts", ROW_OPERATION_NS);
	const struct xml *select = xml_child(el, "select", ROW_OPERATION_NS);
	json_t *o = json_object(), *c = json_object();

	put_texts(o, el, texts);
	put(o, "select", select == NULL ? json_null() : select_json(select));
	put(o, "arguments", arguments_json(el));
	put(o, "units", units_json(el));
	put_texts(o, el, times);
	put(o, "rate", real(el, xml_get(el, "rate-now") != NULL ? "rate-now" : "rate"));
	put(o, "growth", real(el, "growth"));
	put_numbers(o, el, whole);
	put_numbers(c, counts, statuses);
	put(o, "counts", counts == NULL ? json_null() : json_incref(c));
	json_decref(c);
	put(o, "devices", devices == NULL ? json_null() : devices);
	return o;
}

static json_t *error_json(const struct xml *error)
{
	json_t *o = json_object();

	put(o, "condition", json_string(xml_get(error, "condition") == NULL ? ""
	                                : xml_get(error, "condition")));
	put(o, "text", json_string(xml_text_of(error)));
	return o;
}

json_t *campaign_member_json(const struct xml *member)
{
	static const char *const texts[] = { "device", "unit", "status", "request", NULL };
	static const char *const whole[] = { "attempts", NULL };
	const struct xml *error = xml_child(member, "error", ROW_OPERATION_NS);
	json_t *o = json_object();

	put_texts(o, member, texts);
	put_numbers(o, member, whole);
	put(o, "online", truth(member, "online"));
	put(o, "error", error == NULL ? json_null() : error_json(error));
	return o;
}
