#include "component/arguments.h"

#include <string.h>

#include "common/mem.h"
#include "component/component.h"
#include "component/stanza.h"

#define ARGUMENTS_MAX 32
#define VALUE_MAX 4096

/* Which of two values is meant, nobody can say. There are few arguments. */
static bool came_before(const struct xml *el, const struct xml *argument)
{
	const struct xml *a = xml_child(el, "argument", NS_OPERATION);

	while (a != argument && strcmp(xml_get(a, "name"), xml_get(argument, "name")) != 0)
		a = xml_again(a, "argument", NS_OPERATION);
	return a != argument;
}

char *arguments_check(const struct xml *el, const struct xml *child, unsigned n)
{
	const char *name = xml_get(child, "name");

	if (!xml_is(child, "argument", NS_OPERATION))
		return mem_printf("unknown element <%.64s/>", child->name);
	if (n > ARGUMENTS_MAX)
		return mem_printf("more than %d arguments", ARGUMENTS_MAX);
	if (name == NULL || !stanza_is_name(name))
		return mem_strdup("an argument has no name of 1 to 64 letters, digits, '.', '_', '-'");
	if (child->attrs->next != NULL || xml_first(child) != NULL)
		return mem_printf("argument %s: it holds a name and text only", name);
	if (came_before(el, child))
		return mem_printf("argument %s is there twice", name);
	if (strlen(xml_text_of(child)) > VALUE_MAX)
		return mem_printf("argument %s is longer than %d bytes", name, VALUE_MAX);
	return NULL;
}

char *arguments_copy(const struct xml *el)
{
	const struct xml *a = xml_child(el, "argument", NS_OPERATION);
	struct xml_writer w = { 0 };

	if (a == NULL)
		return NULL;
	for (; a != NULL; a = xml_again(a, "argument", NS_OPERATION))
		xml_copy(&w, a);
	return xml_take(&w, NULL);
}
