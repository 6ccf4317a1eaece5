/* What a printer says of itself: urn:platen:mfp:1, RFC 3805 names. The device
 * fills and writes it, the component checks it, the operator reads it. */
#ifndef COMMON_MFP_H
#define COMMON_MFP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/xml.h"

#define MFP_NS "urn:platen:mfp:1"

/* A number that may be unknown: attribute absent, null in JSON. */
struct mfp_number {
	bool known;
	int64_t value;
};

enum mfp_state { MFP_STATE_NONE, MFP_STATE_OTHER, MFP_STATE_UNKNOWN, MFP_STATE_SOME_REMAINING };
/* "other", "unknown", "some-remaining"; NULL for NONE. */
const char *mfp_state_name(enum mfp_state state);

/* prtMarkerSuppliesTable. Strings are owned, NULL where not said. */
struct mfp_supply {
	char *index;                    /* hrDeviceIndex.prtMarkerSuppliesIndex: "1.4" */
	char *description;
	char *class_;                   /* supplyThatIsConsumed, receptacleThatIsFilled, other */
	char *type;                     /* toner, wasteToner, opc … */
	char *colorant;
	char *unit;                     /* impressions, percent … */
	struct mfp_number capacity;
	struct mfp_number level;        /* of a receptacle: the room that remains */
	struct mfp_number percent;      /* half up; known where capacity > 0 and level >= 0 */
	enum mfp_state state;
};

struct mfp_counter {
	char *name;                     /* marker-life-count, or as configured */
	char *index;
	struct mfp_number value;
	char *unit;
};

struct mfp_alert {
	char *index, *severity, *group, *code, *description;
};

enum mfp_part {
	MFP_COUNTERS = 1, MFP_SUPPLIES = 2, MFP_STATUS = 4, MFP_INFORMATION = 8
};

/* The element's name of one part: "counters" … */
const char *mfp_part_name(enum mfp_part part);

/* get-information: name and value of each fact, names as in presence. */
#define MFP_FACTS 9
extern const char *const mfp_fact_names[MFP_FACTS];   /* manufacturer, model, serial, firmware,
                                                         location, mac, name, address, host */

struct mfp {
	unsigned parts;                 /* which of these hold something */
	char *source;                   /* snmp, ipp, file */
	int64_t taken;                  /* wall ms */

	struct mfp_supply *supplies;
	size_t n_supplies;
	struct mfp_counter *counters;
	size_t n_counters;

	char *state;                    /* idle printing warmup other unknown down … */
	char **errors;                  /* hrPrinterDetectedErrorState: lowToner … */
	size_t n_errors;
	struct mfp_alert *alerts;
	size_t n_alerts;
	char **console;
	size_t n_console;
	struct mfp_number power_on_s, operation_s;
	char *power_on_source, *operation_source;   /* hrSystemUptime, sysUpTime, a counter */

	char *facts[MFP_FACTS];

	bool borrowed;                  /* the strings are another's: mfp_borrow() */
};

/* { 0 } is an empty one. */
void mfp_clear(struct mfp *m);
/* Gives a field of m a copy of text, or of a borrowed one text itself. */
void mfp_set(struct mfp *m, char **field, const char *text);
/* Forgets one part only; source and taken stay. */
void mfp_clear_part(struct mfp *m, enum mfp_part part);

/* Sets level, capacity, percent and state from raw figures of RFC 3805: -1 other,
 * -2 unknown, -3 some remaining. */
void mfp_supply_set(struct mfp_supply *s, int64_t capacity, int64_t level);

/* One more of each at the end; the pointer is good until the next call. */
struct mfp_supply *mfp_add_supply(struct mfp *m);
struct mfp_counter *mfp_add_counter(struct mfp *m);
struct mfp_alert *mfp_add_alert(struct mfp *m);
void mfp_add_error(struct mfp *m, const char *error);
void mfp_add_console(struct mfp *m, const char *line);

/* Writes one part's element. */
void mfp_write(const struct mfp *m, enum mfp_part part, struct xml_writer *w);

/* Reads one part's element (<counters/> …) into m, replacing what m held of that
 * part; source and taken too. Unknown attributes and elements are passed over;
 * raw negative levels are taken as RFC 3805 has them, and percent is always
 * computed. A string may have 1 KiB, a label (class, type, unit, state …) 64
 * bytes without white space; an empty one is as one that is not there. False if
 * it is no such element or something in it is out of bounds; *why (may be NULL)
 * then names attribute and element (the caller frees it), and that part of m
 * is empty. */
bool mfp_read(struct mfp *m, const struct xml *el, char **why);

/* The same into an empty m, whose strings are then the tree's, which must outlive them;
 * they must not be replaced. */
bool mfp_borrow(struct mfp *m, const struct xml *el, char **why);

#endif
