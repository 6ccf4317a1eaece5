#include "component/serial.h"

#include <string.h>

static bool is_renamed(const struct device *from, const struct device *to)
{
	return device_has(from, DEV_SUCCESSOR, to->jid);
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool is_other(const struct device *o, const struct device *d)
{
	return o != d && o->decommissioned == 0 &&
	       is_same(device_fact(o, FACT_SERIAL), device_fact(d, FACT_SERIAL)) &&
	       is_same(device_fact(o, FACT_MANUFACTURER), device_fact(d, FACT_MANUFACTURER)) &&
	       !is_renamed(o, d) && !is_renamed(d, o);
}

const struct device *serial_next(struct serial_walk *w)
{
	const struct device *o;

	do
		o = names_next(&w->names);
	while (o != NULL && !is_other(o, w->d));
	return o;
}

const struct device *serial_first(struct serial_walk *w, const struct devices *all,
                                  const struct device *d)
{
	const char *serial = device_fact(d, FACT_SERIAL);

	w->d = d;
	names_begin(&w->names, all, serial == NULL || d->decommissioned != 0 ? "" : serial);
	return serial_next(w);
}

const struct device *serial_other(const struct devices *all, const struct device *d)
{
	struct serial_walk w;

	return serial_first(&w, all, d);
}
