#include "device/outcome.h"

#include <stdlib.h>

#include "device/command.h"

static void open_outcome(struct xml_writer *w, const char *id, const char *status)
{
	xml_open(w, "outcome", OPERATION_NS);
	xml_attr(w, "id", id);
	xml_attr(w, "status", status);
}

void outcome_write(struct xml_writer *w, const char *id, const char *status,
                   const char *condition, const char *text)
{
	open_outcome(w, id, status);
	if (condition != NULL) {
		xml_open(w, "reason", OPERATION_NS);
		xml_attr(w, "condition", condition);
		xml_text(w, text);
		xml_close(w);
	}
	xml_close(w);
}

char *outcome_text(const char *id, const char *status, const char *condition, const char *text)
{
	struct xml_writer w = { 0 };

	outcome_write(&w, id, status, condition, text);
	return xml_take(&w, NULL);
}

char *outcome_in_progress(const char *id, int percent, const char *text)
{
	struct xml_writer w = { 0 };

	open_outcome(&w, id, "in-progress");
	if (percent >= 0 || text != NULL) {
		xml_open(&w, "progress", OPERATION_NS);
		if (percent >= 0)
			xml_attr_int(&w, "percent", percent > 100 ? 100 : percent);
		xml_text(&w, text);
		xml_close(&w);
	}
	xml_close(&w);
	return xml_take(&w, NULL);
}

char *outcome_done(const char *id, const struct mfp *m, enum mfp_part part)
{
	struct xml_writer w = { 0 };
	size_t len;
	char *text;

	open_outcome(&w, id, "done");
	if (part != 0)
		mfp_write(m, part, &w);
	xml_close(&w);
	text = xml_take(&w, &len);
	if (len <= OUTCOME_BYTES)
		return text;
	free(text);
	return outcome_text(id, "failed", "too-large", "the outcome is larger than 64 KiB");
}
