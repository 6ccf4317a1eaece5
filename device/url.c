#include "device/url.h"

#include <string.h>

/* Up to the last '@' of the word: a password may hold others. */
char *url_hide(char *text)
{
	char *from = text, *at;

	while ((from = strstr(from, "://")) != NULL) {
		from += 3;
		for (at = from + strcspn(from, " '\""); at > from && *at != '@'; at--)
			;
		while (from < at)
			*from++ = '*';
	}
	return text;
}
