/* Names: interned text. Two names are equal when their pointers are: compare with ==, print with %s. */
#ifndef HILLOCK_BASE_NAME_H
#define HILLOCK_BASE_NAME_H

#include "base/arena.h"

typedef const char *Name;
typedef struct Names Names;

Names *names_new(Arena *arena);
Name name_intern(Names *names, const char *text, size_t length);
Name name_of(Names *names, const char *text);
Name name_print(Names *names, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
