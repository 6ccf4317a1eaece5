/* Between the tree (xml.c) and the parser (xml_parse.c); for no one else. */
#ifndef COMMON_XML_BUILD_H
#define COMMON_XML_BUILD_H

#include "common/xml.h"

struct xml *xml_build_root(void);
/* Empties a tree, so that its root is a new one in the same memory. */
void xml_build_again(struct xml *root);
/* Behind last, which is parent's last child or NULL for none. */
struct xml *xml_build_child(struct xml *parent, struct xml *last);
void xml_build_name(struct xml *el, const char *ns, size_t ns_len, const char *name);
void xml_build_text(struct xml *node, const char *text, size_t n);
void xml_build_attr(struct xml *el, const char *name, const char *value);

#endif
