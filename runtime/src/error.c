/* Error texts: a format and its arguments in, a text of bounded length out. A text that is too long ends in "…". */
#include "hillock/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool hil_fail(HilError *error, const char *format, ...)
{
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    char text[sizeof error->text]; /* arguments may point into error->text: wrapping an error in a longer one */
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof text)
        memcpy(text + sizeof text - 4, "…", 4);
    memcpy(error->text, text, sizeof text);
    return false;
}
