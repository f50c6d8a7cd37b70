/* Diagnostics: collected as data, printed once.
 * In: codes, places, texts. Out: the printed report. Kept true: one diagnostic for one message at one place. */
#include "base/diagnostic.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
    const char *identifier, *code;
    Severity severity;
    const char *title;
} Row;

static const Row rows[] = {
#define DIAGNOSTIC(id, severity, code, title) {#id, code, severity, title},
#include "base/diagnostic.def"
#undef DIAGNOSTIC
};

const char *diagnostic_code_text(DiagnosticCode code) { return rows[code].code; }
const char *diagnostic_identifier(DiagnosticCode code) { return rows[code].identifier; }
Severity diagnostic_severity(DiagnosticCode code) { return rows[code].severity; }
const char *diagnostic_title(DiagnosticCode code) { return rows[code].title; }

DiagnosticCode diagnostic_of_text(const char *code) {
    int found = 0;
    while (found < DIAGNOSTIC_COUNT && strcmp(rows[found].code, code) != 0) found++;
    return (DiagnosticCode)found;
}

static bool same_place(Span a, Span b) { return a.source == b.source && a.begin == b.begin && a.end == b.end; }

Diagnostic *diagnostic_add(Diagnostics *diagnostics, DiagnosticCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *message = arena_vprint(diagnostics->arena, format, args);
    va_end(args);
    for (int i = diagnostics->list.count; i-- > 0;) {
        Diagnostic *earlier = diagnostics->list.at[i];
        if (earlier->code == code && same_place(earlier->span, span) && strcmp(earlier->message, message) == 0)
            return earlier;
    }
    Diagnostic *diagnostic = arena_new_of(diagnostics->arena, Diagnostic);
    diagnostic->code = code;
    diagnostic->span = span;
    diagnostic->message = message;
    vector_push(diagnostics->arena, &diagnostics->list, diagnostic);
    if (diagnostic_severity(code) != SEVERITY_WARNING) diagnostics->errors++;
    return diagnostic;
}

void diagnostic_note(Diagnostics *diagnostics, Diagnostic *diagnostic, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = arena_vprint(diagnostics->arena, format, args);
    va_end(args);
    for (int i = 0; i < diagnostic->notes.count; i++) /* the diagnostic may be a repeat that was dropped */
        if (same_place(diagnostic->notes.at[i].span, span) && strcmp(diagnostic->notes.at[i].text, text) == 0) return;
    vector_push(diagnostics->arena, &diagnostic->notes, (DiagnosticNote){span, text});
}

void diagnostic_help(Diagnostics *diagnostics, Diagnostic *diagnostic, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diagnostic->help = arena_vprint(diagnostics->arena, format, args);
    va_end(args);
}

/* ---- printing ---- */

enum { TAB_WIDTH = 4, LONGEST_LINE = 160, LEAD_IN = 60 };

typedef struct Style {
    const char *error, *warning, *note, *help, *rule, *plain;
} Style;

static const Style plain_style = {"", "", "", "", "", ""};
static const Style colour_style = {"\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[1;32m", "\033[1;34m", "\033[0m"};

/* Decodes one character of UTF-8; what is not UTF-8 or cannot be shown counts as one replacement character. */
static int decode(const char *text, size_t left, uint32_t *code) {
    const unsigned char *at = (const unsigned char *)text;
    int length = at[0] < 0x80 ? 1 : at[0] >= 0xC2 && at[0] < 0xE0 ? 2 : (at[0] & 0xF0) == 0xE0 ? 3
                 : at[0] >= 0xF0 && at[0] < 0xF5                                            ? 4
                                                                                            : 0;
    *code = 0xFFFD;
    if (length == 0 || (size_t)length > left) return 1;
    if (length == 1) {
        *code = at[0] < 0x20 || at[0] == 0x7F ? 0xFFFD : at[0];
        return 1;
    }
    uint32_t value = at[0] & (0x7Fu >> length);
    for (int i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 1;
        value = value << 6 | (at[i] & 0x3F);
    }
    bool control = (value >= 0x80 && value < 0xA0) || (value >= 0x202A && value <= 0x202E) ||
                   (value >= 0x2066 && value <= 0x2069); /* would reorder what the user sees */
    *code = control ? 0xFFFD : value;
    return length;
}

/* Columns that a character takes in a terminal. */
static int width_of(uint32_t code) {
    if ((code >= 0x300 && code < 0x370) || code == 0x200B || code == 0x200D || (code >= 0xFE00 && code < 0xFE10)) return 0;
    if ((code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) || (code >= 0xAC00 && code < 0xD7A4) ||
        (code >= 0xF900 && code < 0xFB00) || (code >= 0xFE30 && code < 0xFE70) || (code >= 0xFF00 && code < 0xFF61) ||
        (code >= 0x1F300 && code < 0x1FB00) || (code >= 0x20000 && code < 0x40000))
        return 2;
    return 1;
}

/* Prints `text` with tabs as spaces and unprintable bytes replaced. With `out` NULL only counts. Returns the columns. */
static int print_text(FILE *out, const char *text, size_t length, int column) {
    int begin = column;
    for (size_t i = 0; i < length;) {
        if (text[i] == '\t') {
            int to = (column / TAB_WIDTH + 1) * TAB_WIDTH;
            if (out) fprintf(out, "%*s", to - column, "");
            column = to;
            i++;
            continue;
        }
        uint32_t code;
        int bytes = decode(text + i, length - i, &code);
        if (out && code == 0xFFFD) fputs("\xEF\xBF\xBD", out);
        else if (out) fwrite(text + i, 1, (size_t)bytes, out);
        column += width_of(code);
        i += (size_t)bytes;
    }
    return column - begin;
}

static void print_repeated(FILE *out, char sign, int count) {
    while (count-- > 0) fputc(sign, out);
}

static bool continues_character(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

/* The line that holds the span's first byte, and carets under as much of the span as that line has. A long line is cut
 * to a window around the span. */
static void print_line(const Source *source, Span span, FILE *out, const Style *style, const char *colour, char sign) {
    int line, column;
    source_place(source, span.begin, &line, &column);
    size_t begin = source->lines.at[line - 1];
    size_t end = line < source->lines.count ? source->lines.at[line] - 1 : source->length;
    if (end > begin && source->text[end - 1] == '\r') end--;
    size_t mark = span.begin < end ? span.begin : end, mark_end = span.end < end ? span.end : end;
    if (mark_end < mark) mark_end = mark;
    const char *before = "", *after = "";
    if (end - begin > LONGEST_LINE) {
        if (mark - begin > LEAD_IN) {
            begin = mark - LEAD_IN;
            while (begin < mark && continues_character(source->text[begin])) begin++;
            before = "...";
        }
        if (end - begin > LONGEST_LINE) {
            end = begin + LONGEST_LINE;
            while (end > mark && continues_character(source->text[end])) end--;
            after = "...";
            if (mark_end > end) mark_end = end;
        }
    }
    int digits = snprintf(NULL, 0, "%d", line), indent = (int)strlen(before);
    fprintf(out, "%s%d |%s %s", style->rule, line, style->plain, before);
    print_text(out, source->text + begin, end - begin, 0);
    fprintf(out, "%s\n%s%*s |%s ", after, style->rule, digits, "", style->plain);
    int from = print_text(NULL, source->text + begin, mark - begin, 0);
    int wide = print_text(NULL, source->text + mark, mark_end - mark, from);
    print_repeated(out, ' ', indent + from);
    fputs(colour, out);
    print_repeated(out, sign, wide > 0 ? wide : 1);
    fprintf(out, "%s\n", style->plain);
}

static const Source *source_of(const Sources *sources, Span span) {
    return span.source >= 0 && span.source < sources->list.count ? &sources->list.at[span.source] : NULL;
}

static void print_place(const Source *source, Span span, FILE *out) {
    if (!source) {
        fputs("hillock: ", out);
        return;
    }
    int line, column;
    source_place(source, span.begin, &line, &column);
    fprintf(out, "%s:%d:%d: ", source->path, line, column);
}

static void print_one(const Diagnostic *diagnostic, const Sources *sources, FILE *out, const Style *style) {
    Severity severity = diagnostic_severity(diagnostic->code);
    const char *colour = severity == SEVERITY_WARNING ? style->warning : style->error;
    const char *word = severity == SEVERITY_WARNING ? "warning" : severity == SEVERITY_ERROR ? "error" : "internal error";
    const Source *source = source_of(sources, diagnostic->span);
    print_place(source, diagnostic->span, out);
    fprintf(out, "%s%s[%s]:%s %s\n", colour, word, diagnostic_code_text(diagnostic->code), style->plain,
            diagnostic->message);
    if (source) print_line(source, diagnostic->span, out, style, colour, '^');
    for (int i = 0; i < diagnostic->notes.count; i++) {
        const DiagnosticNote *note = &diagnostic->notes.at[i];
        source = source_of(sources, note->span);
        if (source) print_place(source, note->span, out);
        fprintf(out, "%snote:%s %s\n", style->note, style->plain, note->text);
        if (source) print_line(source, note->span, out, style, style->note, '-');
    }
    if (diagnostic->help) fprintf(out, "%shelp:%s %s\n", style->help, style->plain, diagnostic->help);
}

typedef struct Order {
    const Diagnostic *diagnostic;
    int number;
} Order;

/* By source and place, then in the order of their coming; those without a place first. */
static int compare_order(const void *left, const void *right) {
    const Order *a = left, *b = right;
    Span s = a->diagnostic->span, t = b->diagnostic->span;
    if (s.source != t.source) return s.source < t.source ? -1 : 1;
    if (s.source >= 0 && s.begin != t.begin) return s.begin < t.begin ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

void diagnostics_print(const Diagnostics *diagnostics, const Sources *sources, FILE *out, bool color) {
    int count = diagnostics->list.count;
    if (count == 0) return;
    Order *order = arena_array_of(diagnostics->arena, Order, count);
    for (int i = 0; i < count; i++) order[i] = (Order){diagnostics->list.at[i], i};
    qsort(order, (size_t)count, sizeof *order, compare_order);
    for (int i = 0; i < count; i++) print_one(order[i].diagnostic, sources, out, color ? &colour_style : &plain_style);
}

/* ---- nearest name ---- */

enum { LONGEST_NAME = 64, LETTER = 3 }; /* a different letter costs 3, a different case 1 */

static int substitution_cost(char a, char b) {
    if (a == b) return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? 1 : LETTER;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
static int edit_distance(const char *a, int m, const char *b, int n) {
    int table[3][LONGEST_NAME + 1];
    for (int j = 0; j <= n; j++) table[0][j] = j * LETTER;
    for (int i = 1; i <= m; i++) {
        int *row = table[i % 3], *above = table[(i - 1) % 3], *two_above = table[(i + 1) % 3];
        row[0] = i * LETTER;
        for (int j = 1; j <= n; j++) {
            int best = above[j - 1] + substitution_cost(a[i - 1], b[j - 1]);
            if (above[j] + LETTER < best) best = above[j] + LETTER;
            if (row[j - 1] + LETTER < best) best = row[j - 1] + LETTER;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && two_above[j - 2] + LETTER < best)
                best = two_above[j - 2] + LETTER;
            row[j] = best;
        }
    }
    return table[m % 3][n];
}

const char *nearest_name(const char *name, const char *const *candidates, int count) {
    size_t length = strlen(name);
    if (length == 0 || length > LONGEST_NAME) return NULL;
    const char *nearest = NULL;
    int least = INT32_MAX;
    for (int i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        if (other == 0 || other > LONGEST_NAME) continue;
        int distance = edit_distance(name, (int)length, candidates[i], (int)other);
        if (distance > (int)(length > other ? length : other) || distance >= least) continue;
        least = distance;
        nearest = candidates[i];
    }
    return nearest;
}
