/* What is not as it should be with a device: told in the log and in its row, until
 * an operator acknowledges it. Nothing is smoothed: the row holds the figures as
 * they came. */
#ifndef COMPONENT_WARNING_H
#define COMPONENT_WARNING_H

#include "common/xml.h"
#include "component/component.h"

/* One change of a device's row, and the warnings that come with it. Between
 * warning_begin() and warning_end() the row is committed. */
struct warning {
	const struct devices *all;
	struct device *d;                   /* NULL: a new one; nothing is warned of */
	char *texts[DEVICE_WARNINGS];       /* what the record points to */
	bool was_double;
};
void warning_begin(struct warning *w, const struct devices *all, struct device *d);
/* d: the device as it is now. */
void warning_end(struct warning *w, const struct device *d);

/* It says this serial number (NULL: it says none). */
void warning_serial(struct warning *w, const char *serial, struct record *rec);
/* It has logged in again. */
void warning_login(struct warning *w, struct record *rec);
/* It says these counters (XML of urn:platen:mfp:1 is what it said before); late: in an
 * answer to a request that had ended. */
void warning_counters(struct warning *w, const struct mfp *is, bool late, struct record *rec);

/* An operator has seen them: clears them, in the record and in memory. */
void warning_acknowledge(struct device *d, struct record *rec);

/* Whether there is one, kept or computed. */
bool warning_any(const struct devices *all, const struct device *d);

/* A <warning/> each. Accounts that the operator may not view are not named. */
void warning_view(struct xml_writer *w, const struct component *c, const char *operator_,
                  const struct device *d);

#endif
