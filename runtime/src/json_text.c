/* JSON into a growing buffer. In: values in document order. Out: valid JSON in valid UTF-8, or `failed`. */
#include "json_text.h"

#include "number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(HilJson *json, const char *bytes, size_t size)
{
    if (json->failed)
        return;
    if (size + 1 > json->capacity - json->length) {
        size_t capacity = json->capacity ? json->capacity : 256;
        while (capacity - json->length < size + 1)
            capacity *= 2;
        char *text = realloc(json->text, capacity);
        if (!text) {
            json->failed = true;
            return;
        }
        json->text = text;
        json->capacity = capacity;
    }
    memcpy(json->text + json->length, bytes, size);
    json->length += size;
    json->text[json->length] = '\0';
}

static void separate(HilJson *json)
{
    if (json->follows)
        put(json, ",", 1);
    json->follows = true;
}

void hil_json_open(HilJson *json, char bracket)
{
    separate(json);
    put(json, &bracket, 1);
    json->follows = false;
}

void hil_json_close(HilJson *json, char bracket)
{
    put(json, &bracket, 1);
    json->follows = true;
}

/* The length of the UTF-8 sequence at `at`, 0 when it is none (overlong forms and surrogates are none). */
static size_t sequence_length(const unsigned char *at)
{
    static const struct { unsigned char mask, lead; size_t length; unsigned long least; } forms[] = {
        {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};
    for (size_t i = 0; i < 3; i++) {
        if ((at[0] & forms[i].mask) != forms[i].lead)
            continue;
        unsigned long point = at[0] & (unsigned char)~forms[i].mask;
        for (size_t k = 1; k < forms[i].length; k++) {
            if ((at[k] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | (at[k] & 0x3f);
        }
        return point < forms[i].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : forms[i].length;
    }
    return 0;
}

static void put_escaped(HilJson *json, const char *text)
{
    char code[8];
    put(json, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t length = 1;
        if (*at < 0x20 || *at == '<' || *at == '>' || *at == '&' || *at == 0x7f) {
            put(json, code, (size_t)sprintf(code, "\\u%04x", *at));
        } else if (*at == '"' || *at == '\\') {
            put(json, "\\", 1);
            put(json, (const char *)at, 1);
        } else if (*at < 0x80) {
            put(json, (const char *)at, 1);
        } else if ((length = sequence_length(at)) > 0) {
            put(json, (const char *)at, length);
        } else {
            put(json, "\xef\xbf\xbd", 3); /* U+FFFD, the replacement character */
            length = 1;
        }
        at += length;
    }
    put(json, "\"", 1);
}

void hil_json_key(HilJson *json, const char *key)
{
    separate(json);
    put_escaped(json, key);
    put(json, ":", 1);
    json->follows = false;
}

void hil_json_text(HilJson *json, const char *text)
{
    separate(json);
    put_escaped(json, text ? text : "");
}

void hil_json_number(HilJson *json, double value)
{
    char text[HIL_NUMBER_TEXT_SIZE] = "null";
    separate(json);
    if (isfinite(value))
        hil_number_text(value, 0, text);
    put(json, text, strlen(text));
}

void hil_json_bool(HilJson *json, bool value)
{
    separate(json);
    put(json, value ? "true" : "false", value ? 4 : 5);
}

void hil_json_pair(HilJson *json, const char *key, const char *text)
{
    hil_json_key(json, key);
    hil_json_text(json, text);
}

void hil_json_pair_number(HilJson *json, const char *key, double value)
{
    hil_json_key(json, key);
    hil_json_number(json, value);
}

void hil_json_free(HilJson *json)
{
    free(json->text);
    *json = (HilJson){0};
}
