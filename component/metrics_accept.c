#include "component/metrics_accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANK " \t"

/* How well a range of media types fits: 3 the type itself, 2 its kind, 1 any, 0 not.
 * Parameters do not count: there is one version of each format here. */
static unsigned fit(const char *range, size_t n, const char *type)
{
	size_t kind = strcspn(type, "/") + 1;

	if (n == strlen(type) && strncasecmp(range, type, n) == 0)
		return 3;
	if (n == kind + 1 && strncasecmp(range, type, kind) == 0 && range[kind] == '*')
		return 2;
	return n == 3 && strncmp(range, "*/*", 3) == 0 ? 1 : 0;
}

/* The weight of one range that reaches to end, 1 if it has none. */
static double weight(const char *range, const char *end)
{
	while ((range = memchr(range, ';', (size_t)(end - range))) != NULL) {
		range++;
		range += strspn(range, BLANK);
		if (strncasecmp(range, "q=", 2) == 0)
			return strtod(range + 2, NULL);
	}
	return 1;
}

/* The weight of the range that fits best; of several, the highest one. */
static double quality(const char *accept, const char *type)
{
	unsigned best = 0, fits;
	double q = 0, this;

	while (*(accept += strspn(accept, BLANK ",")) != '\0') {
		const char *end = accept + strcspn(accept, ",");

		fits = fit(accept, strcspn(accept, BLANK ",;"), type);
		this = weight(accept, end);
		if (fits > best || (fits == best && fits > 0 && this > q))
			q = this;
		best = fits > best ? fits : best;
		accept = end;
	}
	return q;
}

bool metrics_accept_classic(const char *accept)
{
	return accept != NULL &&
	       quality(accept, "text/plain") > quality(accept, "application/openmetrics-text");
}
