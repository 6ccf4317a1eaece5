/* Standard output: written as it comes, and a reader that has gone is no error. */
#ifndef OPERATOR_OUTPUT_H
#define OPERATOR_OUTPUT_H

#include "operator/fault.h"

/* Flushes. 0: goes on; 1: the reader has gone, end quietly; -1 with *f. */
int output_flush(struct fault *f);

/* The same for who goes on until an exit status: 0: goes on; OUTPUT_GONE: end quietly, with 0;
 * else the exit status, with *f. */
#define OUTPUT_GONE (-1)
int output_status(struct fault *f);

#endif
