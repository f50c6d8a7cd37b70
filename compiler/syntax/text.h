/* Characters: what may stand in a source beyond ASCII, and escapes in strings. */
#ifndef HILLOCK_SYNTAX_TEXT_H
#define HILLOCK_SYNTAX_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character that `\letter` stands for in a string, or 0. */
char text_escape(char letter);

/* Is it UTF-8 (shortest forms, no surrogates)? If not, the first bytes that are not. */
bool text_is_utf8(const char *text, size_t length, uint32_t *begin, uint32_t *end);

/* The character beyond ASCII at `text`: its size in bytes (1 if it is no UTF-8), what to write in its place, and whether
 * that is an operator rather than part of a name. False if nothing is known to take its place. */
bool text_foreign_sign(const char *text, size_t length, int *size, const char **instead, bool *is_operator);

#endif
