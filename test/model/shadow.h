/* What requests are as their rows say: a second table beside the component's,
 * which holds every row against the rules of a request's life. */
#ifndef TEST_SHADOW_H
#define TEST_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "component/request.h"

#define SHADOWS 100
#define SHADOW_NUMBERS 600

struct shadow_end {
	enum request_status status;
	uint64_t ticket;                 /* of its row; 0: it is on disk */
	bool told;                       /* to who asked */
	bool said;                       /* in the answer to its token */
};

struct shadow {
	char id[UUID7_STRING];
	char *columns[REQ_COLUMNS];
	struct request said;             /* its numbers and times, by record_get_*() */
	bool exists;                     /* not after a crash that took its first row */
	bool answered;                   /* who submitted it was told its id */
	bool past;                       /* the wall clock was beyond its end while it waited */
	uint64_t first;                  /* its first row's ticket; 0: it is on disk */
	uint64_t ticket;                 /* it must not be sent before this one is synced */
	int64_t due;                     /* monotonic: something happens to it by then */
	int64_t ended;                   /* monotonic, of its end or of the restart since */
	int64_t sent;                    /* the highest number that has left; never goes back */
	int64_t leaves;                  /* the newest number to leave in this event; 0: none */
	int64_t not_after[8];            /* what they are to say, by the number's rest */
	int64_t heard;                   /* monotonic: of what runs or is being cancelled */
	bool begun;                      /* it runs, or ran when it was to be cancelled */
	bool in_flight;                  /* it has a place of its device's window */
	bool told;                       /* its device, that it is to be cancelled */
	uint64_t cancel;                 /* the ticket of the row that says so */
	unsigned order;                  /* in its device's queue */
	unsigned bounces;                /* since the last restart */
	const char *cause;               /* of the first row in this event; "": none */
	struct shadow_end ends[2];       /* the provisional one first */
	unsigned n_ends;
};

extern struct shadow shadows[SHADOWS];
extern unsigned n_shadows;

/* How often each of arrows[] was taken: from, to. */
struct shadow_counts { unsigned n[32][REQUEST_STATUSES + 1][REQUEST_STATUSES]; };
extern struct shadow_counts *shadow_counts;

struct shadow *shadow_find(const char *id);
bool shadow_is_open(const struct shadow *s);
bool shadow_is_final(const struct shadow *s);
/* It runs or is being cancelled, and a word of its device came, with a row or without. */
void shadow_heard(struct shadow *s);
/* Its device is asked, or told that it is to be cancelled. */
void shadow_asked(struct shadow *s);
void shadow_told(struct shadow *s);
const char *shadow_column(const struct shadow *s, enum request_column column);

/* A row was appended. */
void shadow_row(const char *const *row, uint64_t ticket);

/* The files as they are now, read anew; without loss they must say what they said. */
void shadow_reload(bool loss);

/* The component's table is this one, and nothing is overdue or stuck. */
void shadow_check(void);

void shadow_begin_event(void);
void shadow_reset(void);

/* A property does not hold: says so and ends the process. */
void model_fail(const struct shadow *s, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
