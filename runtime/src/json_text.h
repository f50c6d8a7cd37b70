/* JSON written into memory: commas, escapes and number forms are taken care of. The text is safe inside an HTML script
 * element ('<', '>' and '&' are escaped) and valid UTF-8 whatever goes in. */
#ifndef HILLOCK_JSON_TEXT_H
#define HILLOCK_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct HilJson {
    char *text; /* NUL-terminated once something was written; owned */
    size_t length, capacity;
    bool follows; /* a value precedes on this level: the next needs a comma */
    bool failed;  /* out of memory: the text is not complete */
} HilJson;

void hil_json_open(HilJson *json, char bracket);  /* '{' or '[' */
void hil_json_close(HilJson *json, char bracket); /* '}' or ']' */
void hil_json_key(HilJson *json, const char *key);
void hil_json_text(HilJson *json, const char *text);
void hil_json_number(HilJson *json, double value); /* NaN and infinities are null */
void hil_json_bool(HilJson *json, bool value);
/* "key": "text" and so on. */
void hil_json_pair(HilJson *json, const char *key, const char *text);
void hil_json_pair_number(HilJson *json, const char *key, double value);
void hil_json_free(HilJson *json);

#endif
