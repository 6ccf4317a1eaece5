/* Memory that is there or the program ends: what strangers send is bounded
 * before it is allocated, so running out means that the machine is out. */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Every call returns memory the caller frees with free(), never NULL. */
void *mem_alloc(size_t size);
void *mem_zero(size_t count, size_t size);
void *mem_realloc(void *p, size_t size);
char *mem_strdup(const char *s);              /* NULL stays NULL */
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* Frees *s and puts a copy of value (or NULL) there. */
void mem_set(char **s, const char *value);

/* Overwrites n bytes in a way that the compiler keeps, then frees. */
void mem_wipe(void *p, size_t n);

/* Says that memory is out, and ends the program. */
_Noreturn void mem_fatal(void);

#endif
