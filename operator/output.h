/* Standard output: written as it comes, and a reader that has gone is no error. */
#ifndef OPERATOR_OUTPUT_H
#define OPERATOR_OUTPUT_H

#include "operator/fault.h"

/* Flushes. 0: goes on; 1: the reader has gone, end quietly; -1 with *f. */
int output_flush(struct fault *f);

#endif
