#include "common/strophe_expat.h"

#include <dlfcn.h>
#include <expat.h>
#include <stddef.h>

/* libstrophe leaves expat's reparse deferral on (in Debian since the fix for
 * CVE-2023-52425): when a tag is cut by the end of a read and the rest is shorter,
 * the stanza would lie there until the next one comes. Its parser is private, so
 * these stand before libexpat's functions of the same name. */
XML_Parser XML_ParserCreate_MM(const XML_Char *encoding, const XML_Memory_Handling_Suite *memsuite,
                               const XML_Char *separator)
{
	XML_Parser (*create)(const XML_Char *, const XML_Memory_Handling_Suite *, const XML_Char *);
	XML_Parser parser;

	*(void **)&create = dlsym(RTLD_NEXT, "XML_ParserCreate_MM");
	parser = create(encoding, memsuite, separator);
	if (parser != NULL)
		XML_SetReparseDeferralEnabled(parser, XML_FALSE);
	return parser;
}

XML_Bool XML_ParserReset(XML_Parser parser, const XML_Char *encoding)
{
	XML_Bool (*reset)(XML_Parser, const XML_Char *);
	XML_Bool done;

	*(void **)&reset = dlsym(RTLD_NEXT, "XML_ParserReset");
	done = reset(parser, encoding);
	XML_SetReparseDeferralEnabled(parser, XML_FALSE);
	return done;
}

void strophe_expat_initialize(void)
{
}
