#include "common/xmpp.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static char **copy_list(char *const *list)
{
	char **copy;
	size_t n = 0;

	if (list == NULL)
		return NULL;
	while (list[n] != NULL)
		n++;
	copy = mem_zero(n + 1, sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = mem_strdup(list[i]);
	return copy;
}

void xmpp_options_copy(struct xmpp_options *to, const struct xmpp_options *from)
{
	*to = *from;
	to->jid = mem_strdup(from->jid);
	to->password = mem_strdup(from->password);
	to->host = mem_strdup(from->host);
	to->ca_file = mem_strdup(from->ca_file);
	to->certificate_file = mem_strdup(from->certificate_file);
	to->key_file = mem_strdup(from->key_file);
	to->pins = copy_list(from->pins);
}

static void free_text(const char *text)
{
	free((char *)(uintptr_t)text);
}

void xmpp_options_free(struct xmpp_options *o)
{
	if (o->password != NULL)
		mem_wipe((char *)(uintptr_t)o->password, strlen(o->password));
	free_text(o->jid);
	free_text(o->host);
	free_text(o->ca_file);
	free_text(o->certificate_file);
	free_text(o->key_file);
	for (char *const *pin = o->pins; pin != NULL && *pin != NULL; pin++)
		free(*pin);
	free((char **)(uintptr_t)o->pins);
	memset(o, 0, sizeof *o);
}
