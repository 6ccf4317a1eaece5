/* What the devices of the measured runs say. */
#ifndef TEST_BENCH_PRINTER_H
#define TEST_BENCH_PRINTER_H

#include "test/bench/stream.h"

#define PRINTER_NAME "mfp-%07lu"

/* The outcome of get-supplies: a colour printer's four toners, at this level in percent. The
 * stanza id begins with the request's. taken: a time. */
void printer_outcome(struct stream *s, struct piece id, const char *taken, unsigned long level);

/* The facts of device n. */
void printer_facts(struct stream *s, unsigned long n);

#endif
