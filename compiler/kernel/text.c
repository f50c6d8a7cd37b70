/* The text form of kernels: kernel_print and kernel_parse, exact inverses of each other.
 * Print: a kernel to lines, one instruction each, bodies of loops indented; numbers in hexadecimal, so no bit is lost.
 * Of an unsound kernel it prints what can be said and "?" for the rest. Parse: such lines, `#` comments and empty lines,
 * to a verified Kernel whose spans are the lines' places; or NULL and one diagnostic that carries the line number.
 *
 * A name that is no word ([A-Za-z_][A-Za-z0-9_.]*) stands in quotes with \" \\ \n and \xHH. A plane whose name the
 * kernel uses at several indices is written with its index: pre:V. A NaN other than the usual one shows its bits:
 * nan(0x7ff8000000000001). */
#include "kernel/kernel.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const shape_words[] = {"lanes", "list", "row", "edge", "from"};
static const char *const precision_words[] = {"f64", "f32"};
static const char *const index_words[] = {"self", "pre", "post"};

#define USUAL_NAN 0x7ff8000000000000u

static uint64_t number_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* ---- printing ---- */

static bool is_word_start(int letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

static bool is_word_letter(int letter) {
    return is_word_start(letter) || (letter >= '0' && letter <= '9') || letter == '.';
}

static void print_quoted(const char *name, FILE *out) {
    fputc('"', out);
    for (const unsigned char *letter = (const unsigned char *)name; *letter; letter++) {
        if (*letter == '"' || *letter == '\\') fprintf(out, "\\%c", *letter);
        else if (*letter == '\n') fputs("\\n", out);
        else if (*letter < ' ' || *letter == 127) fprintf(out, "\\x%02x", *letter);
        else fputc(*letter, out);
    }
    fputc('"', out);
}

static void print_name(const char *name, FILE *out) {
    bool word = is_word_start((unsigned char)name[0]);
    for (const char *letter = name; *letter && word; letter++) word = is_word_letter((unsigned char)*letter);
    if (word) fputs(name, out);
    else print_quoted(name, out);
}

static bool is_ambiguous(const Kernel *kernel, int plane) {
    for (int i = 0; i < kernel->planes.count; i++)
        if (i != plane && kernel->planes.at[i].name == kernel->planes.at[plane].name) return true;
    return false;
}

static const char *word_of(const char *const *words, int count, int index) {
    return index >= 0 && index < count ? words[index] : "?";
}

/* The name with this number, or "?". */
static const char *listed(const Name *names, int count, int index) {
    return index >= 0 && index < count && names[index] ? names[index] : "?";
}

static void print_plane(const Kernel *kernel, int plane, FILE *out) {
    if (plane < 0 || plane >= kernel->planes.count) {
        fputc('?', out);
        return;
    }
    if (is_ambiguous(kernel, plane)) fprintf(out, "%s:", word_of(index_words, 3, (int)kernel->planes.at[plane].index));
    print_name(listed(&kernel->planes.at[plane].name, 1, 0), out);
}

static void print_number(double number, FILE *out) {
    if (!isnan(number)) fprintf(out, "%a", number);
    else if (number_bits(number) == USUAL_NAN) fputs("nan", out);
    else fprintf(out, "nan(0x%016" PRIx64 ")", number_bits(number));
}

static void print_instruction(const Kernel *kernel, int at, FILE *out) {
    const KernelInstruction *instruction = &kernel->code.at[at];
    if (instruction->op >= KERNEL_OP_COUNT) {
        fputs("?\n", out);
        return;
    }
    const KernelOpInfo *info = kernel_op_info((KernelOp)instruction->op);
    if (info->result != KERNEL_NONE) fprintf(out, "%%%d = ", at);
    fputs(info->text, out);
    switch (info->immediate) {
    case 'n':
        fputc(' ', out);
        print_number(instruction->number, out);
        break;
    case 'p':
        fputc(' ', out);
        print_plane(kernel, instruction->index, out);
        break;
    case 'u':
        fputc(' ', out);
        print_quoted(listed(kernel->uniforms.at, kernel->uniforms.count, instruction->index), out);
        break;
    case 'e':
        fputc(' ', out);
        print_name(listed(kernel->events.at, kernel->events.count, instruction->index), out);
        break;
    case 'x':
        fputc(' ', out);
        print_quoted(instruction->index >= 0 && instruction->index < kernel->functions.count
                         ? listed(&kernel->functions.at[instruction->index].name, 1, 0) : "?", out);
        break;
    case 'i': fprintf(out, " %d", instruction->index); break;
    }
    for (int i = 0; info->operands[i]; i++) fprintf(out, " %%%d", instruction->operands[i]);
    fputc('\n', out);
}

void kernel_print(const Kernel *kernel, FILE *out) {
    fputs("kernel ", out);
    print_name(listed(&kernel->name, 1, 0), out);
    fprintf(out, " %s %s {\n", word_of(shape_words, 5, kernel->shape), word_of(precision_words, 2, kernel->precision));
    for (int i = 0; i < kernel->planes.count; i++) {
        const KernelPlane *plane = &kernel->planes.at[i];
        fputs("  plane ", out);
        print_name(listed(&plane->name, 1, 0), out);
        fprintf(out, " %s %s\n", word_of(index_words, 3, (int)plane->index),
                word_of(precision_words, 2, plane->storage));
    }
    for (int i = 0; i < kernel->uniforms.count; i++) {
        fputs("  uniform ", out);
        print_quoted(listed(kernel->uniforms.at, kernel->uniforms.count, i), out);
        fputc('\n', out);
    }
    for (int i = 0; i < kernel->events.count; i++) {
        fputs("  event ", out);
        print_name(listed(kernel->events.at, kernel->events.count, i), out);
        fputc('\n', out);
    }
    for (int i = 0; i < kernel->functions.count; i++) {
        fputs("  function ", out);
        print_quoted(listed(&kernel->functions.at[i].name, 1, 0), out);
        fputc('\n', out);
    }
    int depth = 1;
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op == KERNEL_END && depth > 1) depth--;
        fprintf(out, "%*s", 2 * depth, "");
        print_instruction(kernel, i, out);
        if (kernel->code.at[i].op == KERNEL_LOOP) depth++;
    }
    fputs("}\n", out);
}

/* ---- parsing ---- */

typedef struct Reader {
    Compilation *c;
    Kernel *kernel;
    const char *text; /* NUL-terminated copy */
    size_t length, at;
    int line, source;
    bool failed;
} Reader;

static Span span_from(const Reader *r, size_t begin) {
    return (Span){r->source, (uint32_t)begin, (uint32_t)(r->at > begin ? r->at : begin + 1)};
}

/* The first fault ends the parse: what follows it would only be faults of the same cause. */
#define fail(r, begin, ...) fail_at((r), (begin), arena_print((r)->c->arena, __VA_ARGS__))
static bool fail_at(Reader *r, size_t begin, const char *message) {
    if (!r->failed)
        compile_error(r->c, INTERNAL, span_from(r, begin), "kernel text, line %d: %s", r->line, message);
    r->failed = true;
    return false;
}

static char peek(Reader *r) {
    while (r->text[r->at] == ' ' || r->text[r->at] == '\t' || r->text[r->at] == '\r') r->at++;
    if (r->text[r->at] == '#')
        while (r->at < r->length && r->text[r->at] != '\n') r->at++;
    return r->text[r->at];
}

static bool read_line_end(Reader *r) {
    char letter = peek(r);
    if (letter != '\n' && r->at < r->length) return fail(r, r->at, "found '%c' where the line should end", letter);
    return true;
}

/* To the first letter of the next line that has one. False at the text's end. */
static bool next_line(Reader *r) {
    while (peek(r) == '\n') {
        r->at++;
        r->line++;
    }

    return r->at < r->length;
}

static Name read_word(Reader *r, const char *what) {
    size_t begin = (peek(r), r->at);
    if (!is_word_start((unsigned char)r->text[r->at])) return fail(r, begin, "%s is missing here", what), NULL;
    while (is_word_letter((unsigned char)r->text[r->at])) r->at++;
    return name_intern(r->c->names, r->text + begin, r->at - begin);
}

static int hex_digit(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

static Name read_quoted(Reader *r, const char *what) {
    if (peek(r) != '"') return fail(r, r->at, "%s in quotes is missing here", what), NULL;
    size_t begin = r->at++, length = 0;
    char *name = arena_alloc(r->c->arena, strcspn(r->text + begin, "\n") + 1);
    while (r->text[r->at] != '"') {
        char letter = r->text[r->at];
        if (letter == '\n' || letter == 0) return fail(r, begin, "the quotes are not closed"), NULL;
        if (letter == '\\') {
            letter = r->text[++r->at];
            if (letter == 'n') {
                letter = '\n';
            } else if (letter == 'x') {
                int high = hex_digit(r->text[r->at + 1]), low = high < 0 ? -1 : hex_digit(r->text[r->at + 2]);
                if (low < 0 || high + low == 0) return fail(r, r->at, "\\x wants two hexadecimal digits, not 00"), NULL;
                letter = (char)(16 * high + low);
                r->at += 2;
            } else if (letter != '"' && letter != '\\') {
                return fail(r, r->at, "only \\\" \\\\ \\n and \\xHH are known in quotes"), NULL;
            }
        }
        name[length++] = letter;
        r->at++;
    }
    r->at++;
    return name_intern(r->c->names, name, length);
}

static Name read_name(Reader *r, const char *what) {
    return peek(r) == '"' ? read_quoted(r, what) : read_word(r, what);
}

static bool read_choice(Reader *r, const char *what, const char *const *words, int count, int *choice) {
    Name word = read_word(r, what);
    if (!word) return false;
    for (*choice = 0; *choice < count; ++*choice)
        if (strcmp(word, words[*choice]) == 0) return true;
    return fail(r, r->at - strlen(word), "there is no %s '%s'", what, word);
}

static bool read_integer(Reader *r, const char *what, int *value) {
    peek(r);
    size_t begin = r->at;
    long long number = 0;
    while (r->text[r->at] >= '0' && r->text[r->at] <= '9') {
        number = 10 * number + (r->text[r->at++] - '0');
        if (number > INT32_MAX) return fail(r, begin, "%s is too large", what);
    }
    if (r->at == begin) return fail(r, begin, "%s is missing here", what);
    *value = (int)number;
    return true;
}

static bool read_value(Reader *r, const char *what, int *value) {
    if (peek(r) != '%') return fail(r, r->at, "%s (%%number) is missing here", what);
    r->at++;
    if (r->text[r->at] < '0' || r->text[r->at] > '9') return fail(r, r->at - 1, "%% wants a number right behind it");
    return read_integer(r, what, value);
}

static bool read_number(Reader *r, double *number) {
    peek(r);
    size_t begin = r->at;
    if (strncmp(r->text + begin, "nan(0x", 6) == 0) {
        char *end;
        uint64_t bits = strtoull(r->text + begin + 6, &end, 16);
        if (end != r->text + begin + 22 || *end != ')') return fail(r, begin, "nan(0x…) wants sixteen digits");
        memcpy(number, &bits, sizeof bits);
        if (!isnan(*number)) return fail(r, begin, "these are not the bits of a nan");
        r->at = begin + 23;
        return true;
    }
    if (strncmp(r->text + begin, "nan", 3) == 0 && !is_word_letter((unsigned char)r->text[begin + 3])) {
        uint64_t bits = USUAL_NAN;
        memcpy(number, &bits, sizeof bits);
        r->at = begin + 3;
        return true;
    }
    char *end;
    *number = strtod(r->text + begin, &end);
    r->at = (size_t)(end - r->text);
    if (r->at == begin || isspace((unsigned char)r->text[begin]) || isnan(*number) ||
        is_word_letter((unsigned char)*end))
        return fail(r, begin, "a number is missing here");
    if (isinf(*number) && !strchr("iI", r->text[begin + strspn(r->text + begin, "+-")]))
        return fail(r, begin, "the number is too large");
    return true;
}

static bool read_plane(Reader *r, int *plane) {
    const Kernel *kernel = r->kernel;
    int index = -1;
    peek(r);
    size_t begin = r->at;
    for (int i = 0; i < 3 && index < 0; i++) {
        size_t length = strlen(index_words[i]);
        if (strncmp(r->text + begin, index_words[i], length) == 0 && r->text[begin + length] == ':') {
            index = i;
            r->at += length + 1;
        }
    }
    Name name = read_name(r, "a plane");
    if (!name) return false;
    *plane = -1;
    for (int i = 0; i < kernel->planes.count; i++) {
        if (kernel->planes.at[i].name != name || (index >= 0 && (int)kernel->planes.at[i].index != index)) continue;
        if (*plane >= 0) return fail(r, begin, "plane %s stands at several indices: say self:, pre: or post:", name);
        *plane = i;
    }
    return *plane >= 0 || fail(r, begin, "there is no plane %s", name);
}

static bool read_listed(Reader *r, const char *what, Name name, const Name *names, int count, int *index) {
    if (!name) return false;
    for (*index = 0; *index < count; ++*index)
        if (names[*index] == name) return true;
    return fail(r, r->at - 1, "there is no %s %s", what, name);
}

static bool read_function(Reader *r, int *index) {
    Name name = read_quoted(r, "a function");
    if (!name) return false;
    for (*index = 0; *index < r->kernel->functions.count; ++*index)
        if (r->kernel->functions.at[*index].name == name) return true;
    return fail(r, r->at - 1, "there is no function %s", name);
}

static bool read_immediate(Reader *r, char kind, KernelInstruction *instruction) {
    const Kernel *kernel = r->kernel;
    switch (kind) {
    case 'n': return read_number(r, &instruction->number);
    case 'p': return read_plane(r, &instruction->index);
    case 'u':
        return read_listed(r, "uniform", read_quoted(r, "a uniform"), kernel->uniforms.at, kernel->uniforms.count,
                           &instruction->index);
    case 'e':
        return read_listed(r, "event", read_name(r, "an event"), kernel->events.at, kernel->events.count,
                           &instruction->index);
    case 'x': return read_function(r, &instruction->index);
    case 'i': return read_integer(r, "a whole number", &instruction->index);
    default: return true;
    }
}

static bool read_instruction(Reader *r) {
    Kernel *kernel = r->kernel;
    size_t begin = r->at;
    int label = -1;
    if (peek(r) == '%') {
        if (!read_value(r, "a value", &label)) return false;
        if (label != kernel->code.count)
            return fail(r, begin, "this is instruction %%%d, not %%%d", kernel->code.count, label);
        if (peek(r) != '=') return fail(r, r->at, "'=' is missing here");
        r->at++;
    }
    Name word = read_word(r, "an op");
    if (!word) return false;
    int op = 0;
    while (op < KERNEL_OP_COUNT && strcmp(kernel_op_info((KernelOp)op)->text, word) != 0) op++;
    if (op == KERNEL_OP_COUNT) return fail(r, r->at - strlen(word), "there is no op '%s'", word);
    const KernelOpInfo *info = kernel_op_info((KernelOp)op);
    if (label < 0 && info->result != KERNEL_NONE)
        return fail(r, begin, "%s gives a value: write %%%d = %s", word, kernel->code.count, word);
    if (label >= 0 && info->result == KERNEL_NONE) return fail(r, begin, "%s gives no value", word);
    KernelInstruction instruction = {.op = (uint16_t)op, .operands = {-1, -1, -1}};
    if (!read_immediate(r, info->immediate, &instruction)) return false;
    for (int i = 0; info->operands[i]; i++)
        if (!read_value(r, "an operand", &instruction.operands[i])) return false;
    instruction.span = span_from(r, begin);
    vector_push(r->c->arena, &kernel->code, instruction);
    return read_line_end(r);
}

static bool read_plane_line(Reader *r) {
    int index, storage;
    Name name = read_name(r, "the plane's name");
    if (!name || !read_choice(r, "index", index_words, 3, &index) ||
        !read_choice(r, "storage", precision_words, 2, &storage))
        return false;
    vector_push(r->c->arena, &r->kernel->planes, (KernelPlane){name, (KernelIndex)index, storage});
    return read_line_end(r);
}

/* `plane`, `uniform`, `event` and `function` lines; *found is false at the first line that is none of them. `%3 = uniform "x"` is
 * told apart by its label. */
static bool read_declaration(Reader *r, bool *found) {
    size_t begin = r->at;
    *found = true;
    if (!is_word_start((unsigned char)r->text[begin])) return *found = false, true;
    Name word = read_word(r, "a line"), name;
    if (strcmp(word, "plane") == 0) return read_plane_line(r);
    if (strcmp(word, "uniform") == 0) {
        if (!(name = read_quoted(r, "the uniform's name"))) return false;
        vector_push(r->c->arena, &r->kernel->uniforms, name);
        return read_line_end(r);
    }
    if (strcmp(word, "event") == 0) {
        if (!(name = read_name(r, "the event's name"))) return false;
        vector_push(r->c->arena, &r->kernel->events, name);
        return read_line_end(r);
    }
    if (strcmp(word, "function") == 0) {
        if (!(name = read_quoted(r, "the function's name"))) return false;
        vector_push(r->c->arena, &r->kernel->functions, (KernelFunction){name, NULL});
        return read_line_end(r);
    }
    r->at = begin;
    *found = false;
    return true;
}

static bool read_kernel(Reader *r) {
    int shape, precision;
    if (!next_line(r)) return fail(r, r->at, "a kernel is missing here");
    size_t begin = r->at;
    Name word = read_word(r, "'kernel'");
    if (!word) return false;
    if (strcmp(word, "kernel") != 0) return fail(r, begin, "found '%s' where 'kernel' should stand", word);
    Name name = read_name(r, "the kernel's name");
    if (!name || !read_choice(r, "shape", shape_words, 5, &shape) ||
        !read_choice(r, "precision", precision_words, 2, &precision))
        return false;
    r->kernel = kernel_new(r->c->arena, name, shape, precision);
    if (peek(r) != '{') return fail(r, r->at, "'{' is missing here");
    r->at++;
    if (!read_line_end(r)) return false;
    for (bool declarations = true;;) {
        if (!next_line(r)) return fail(r, r->at, "'}' is missing at the end");
        if (peek(r) == '}') break;
        if (declarations && !read_declaration(r, &declarations)) return false;
        if (!declarations && !read_instruction(r)) return false;
    }
    r->at++;
    if (!read_line_end(r)) return false;
    if (next_line(r)) return fail(r, r->at, "found '%c' behind the kernel's end", r->text[r->at]);
    return true;
}

Kernel *kernel_parse(Compilation *c, const char *text, size_t length) {
    Reader r = {.c = c, .text = arena_copy_text(c->arena, text, length), .length = length, .line = 1};
    r.source = sources_add_text(&c->sources, "kernel", r.text, length);
    if (!read_kernel(&r) || !kernel_verify(c, r.kernel)) return NULL;
    return r.kernel;
}
