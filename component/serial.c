#include "component/serial.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/mem.h"

struct same_serial {
	char *key;
	struct device *devices;
	UT_hash_handle hh;
};

static char *key_of(const struct device *d)
{
	const char *maker = d->facts[FACT_MANUFACTURER], *serial = d->facts[FACT_SERIAL];

	if (serial == NULL || d->decommissioned != 0)
		return NULL;
	return mem_printf("%s\t%s", maker == NULL ? "" : maker, serial);
}

void serial_forget(struct devices *all, struct device *d)
{
	struct same_serial *s = d->same;

	if (s == NULL)
		return;
	DL_DELETE2(s->devices, d, same_prev, same_next);
	d->same = NULL;
	if (s->devices != NULL)
		return;
	HASH_DEL(all->by_serial, s);
	free(s->key);
	free(s);
}

static struct same_serial *make(struct devices *all, const char *key)
{
	struct same_serial *s;

	HASH_FIND_STR(all->by_serial, key, s);
	if (s != NULL)
		return s;
	s = mem_zero(1, sizeof *s);
	s->key = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, all->by_serial, s->key, strlen(s->key), s);
	return s;
}

void serial_update(struct devices *all, struct device *d)
{
	char *key = key_of(d);

	if (key == NULL) {
		serial_forget(all, d);
	} else if (d->same == NULL || strcmp(d->same->key, key) != 0) {
		serial_forget(all, d);
		d->same = make(all, key);
		DL_APPEND2(d->same->devices, d, same_prev, same_next);
	}
	free(key);
}

static bool is_renamed(const struct device *from, const struct device *to)
{
	return from->successor != NULL && strcmp(from->successor, to->jid) == 0;
}

const struct device *serial_other(const struct device *d, const struct device *prev)
{
	const struct device *o = prev != NULL ? prev->same_next
	                       : d->same != NULL ? d->same->devices : NULL;

	while (o != NULL && (o == d || is_renamed(o, d) || is_renamed(d, o)))
		o = o->same_next;
	return o;
}
