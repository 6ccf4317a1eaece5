#include "operator/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int output_flush(struct fault *f)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* The write that found it out may have been an earlier one. */
	if (errno == EPIPE || (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR)))
		return 1;
	fault_set(f, EXIT_REFUSED, "output", "cannot write the output: %s",
	          errno != 0 ? strerror(errno) : "an earlier write failed");
	return -1;
}

int output_status(struct fault *f)
{
	int gone = output_flush(f);

	return gone < 0 ? f->exit : gone > 0 ? OUTPUT_GONE : 0;
}
