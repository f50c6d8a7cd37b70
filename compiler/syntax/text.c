/* Characters beyond ASCII that papers use, and what to write for them.
 * In: bytes. Out: answers about them. Kept true: never reads past `length`. */
#include "syntax/text.h"

#include <string.h>

typedef struct Foreign {
    const char *sign, *instead;
    bool is_operator;
} Foreign;

static const Foreign foreign_signs[] = {
    {"µ", "u (as in um, uF)", false},
    {"μ", "u (as in um, uF)", false},
    {"Ω", "Ohm", false},
    {"Ω", "Ohm", false},
    {"°", "degC for degrees Celsius", false},
    {"²", "^2", false},
    {"³", "^3", false},
    {"⁻", "a negative power, as in ms^-1", false},
    {"−", "-", true},
    {"–", "-", true},
    {"×", "*", true},
    {"·", "*", true},
    {"∙", "*", true},
    {"÷", "/", true},
    {"→", "->", true},
    {"↔", "<->", true},
    {"≤", "<=", true},
    {"≥", ">=", true},
    {"≠", "!=", true},
    {"…", ".. for a range", true},
    {"“", "\"", true},
    {"”", "\"", true},
    {"′", "'", true},
    {"’", "'", true},
    {"\xC2\xA0", "an ordinary space", true},
};

char text_escape(char letter) {
    switch (letter) {
    case 'n': return '\n';
    case 't': return '\t';
    case '"': return '"';
    case '\\': return '\\';
    default: return 0;
    }
}

/* Bytes of the UTF-8 character at `at`, 0 if there is none (Unicode 15, table 3-7). */
static int character_size(const unsigned char *at, size_t left) {
    if (at[0] < 0x80) return 1;
    int size = at[0] >= 0xC2 && at[0] < 0xE0 ? 2 : at[0] >= 0xE0 && at[0] < 0xF0 ? 3 : at[0] >= 0xF0 && at[0] < 0xF5 ? 4 : 0;
    if (size == 0 || (size_t)size > left) return 0;
    unsigned char low = at[0] == 0xE0 ? 0xA0 : at[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = at[0] == 0xED ? 0x9F : at[0] == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high) return 0;
    for (int i = 2; i < size; i++)
        if ((at[i] & 0xC0) != 0x80) return 0;
    return size;
}

bool text_is_utf8(const char *text, size_t length, uint32_t *begin, uint32_t *end) {
    for (size_t i = 0; i < length;) {
        int size = (unsigned char)text[i] < 0x80 ? 1 : character_size((const unsigned char *)text + i, length - i);
        if (size == 0) {
            *begin = (uint32_t)i;
            *end = (uint32_t)i + 1;
            return false;
        }
        i += (size_t)size;
    }
    return true;
}

bool text_foreign_sign(const char *text, size_t length, int *size, const char **instead, bool *is_operator) {
    int bytes = character_size((const unsigned char *)text, length);
    *size = bytes > 0 ? bytes : 1;
    *is_operator = bytes == 0;
    for (size_t i = 0; bytes > 0 && i < sizeof foreign_signs / sizeof *foreign_signs; i++) {
        if (strlen(foreign_signs[i].sign) != (size_t)bytes || memcmp(foreign_signs[i].sign, text, (size_t)bytes) != 0)
            continue;
        *instead = foreign_signs[i].instead;
        *is_operator = foreign_signs[i].is_operator;
        return true;
    }
    return false;
}
