/* Tidies a source: what `hillock fmt` prints.
 * In: a source without syntax errors. Out: the same tokens and comments with even spaces and indents; the author's line
 * breaks stay, blank lines never come in twos, a `;` at the end of a line goes, comments behind neighbouring lines stand
 * in one column. Kept true: the output reads as the same tree, and formatting it again changes nothing. Columns inside
 * tables stay as the author aligned them. */
#include "syntax/syntax.h"

#include "parser.tab.h"
#include "syntax/token.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, WIDEST_ALIGNED = 72 };

typedef struct Open {
    int level; /* of the line on which the bracket stands */
    bool brace, table;
} Open;

typedef struct Item {
    int kind; /* of a token, or TOKEN_COMMENT */
    uint32_t begin, end;
} Item;

typedef struct Format {
    const char *text;
    FILE *out;          /* into memory: comments are lined up at the end */
    VECTOR(Item) items;
    VECTOR(size_t) comments; /* where in `out` a comment behind code starts */
    Open open[NESTING_LIMIT + 1];
    int depth;
    int level;         /* of the line being written */
    int last, before;  /* the token written last, and the one before it; SEP at the start of a statement */
    int place;         /* tokens written since the statement's start */
    bool table_next;   /* the next { opens a table */
    bool tight;        /* the operator written last stands without spaces */
    uint32_t written;  /* end of the item written last */
    bool any;          /* anything written yet */
} Format;

static int newlines_between(const Format *f, uint32_t begin, uint32_t end) {
    int count = 0;
    for (uint32_t i = begin; i < end; i++) count += f->text[i] == '\n';
    return count;
}

static bool is_operand_end(int kind) {
    return kind == TOKEN_IDENT || kind == TOKEN_NUMBER || kind == TOKEN_PERCENT || kind == TOKEN_STRING ||
           kind == TOKEN_TRUE || kind == TOKEN_FALSE || kind == ')' || kind == ']';
}

/* Has the operator just written only a right side? `-x`, `/ms`, `[*]` */
static bool is_prefix(const Format *f, int before) {
    if (f->last == '-' && before == TOKEN_IDENT && f->place == 2) return true; /* a setting: `level -3` */
    return !is_operand_end(before);
}

/* Has the author set the operator at `item` apart on both sides? One without the other means no. */
static bool is_apart(const Format *f, const Item *item) { return item->begin > f->written && item[1].begin > item->end; }

/* Spaces between the last token and this one, on one line. */
static int spaces_before(const Format *f, const Item *item) {
    int gap = (int)(item->begin - f->written), kind = item->kind;
    bool apart = gap > 0;
    if (f->depth > 0 && f->open[f->depth - 1].table && kind != '}' && f->last != '{') return gap;
    switch (kind) {
    case ',': case ')': case ']': case '.': case '\'': case '^': case TOKEN_SEP: return 0;
    case ':': return apart;
    case '{': case '}': return 1;
    default: break;
    }
    switch (f->last) {
    case '(': case '[': case '.': case '^': return 0;
    case '-': case '/':
        if (kind == '-') return 1; /* never write -- */
        if (is_prefix(f, f->before)) return 0;
        if (f->last == '-') return 1;
        return !f->tight;
    case '*': case TOKEN_RANGE: return !f->tight;
    default: break;
    }
    switch (kind) {
    case '*': case '/': return is_operand_end(f->last) ? is_apart(f, item) : f->last != '[';
    case TOKEN_RANGE: return is_apart(f, item);
    case '(': case '[': return is_operand_end(f->last) || f->last == '\'' ? apart : 1;
    default: return 1;
    }
}

static void start_line(Format *f, const Item *item, int breaks) {
    bool in_brackets = f->depth > 0 && !f->open[f->depth - 1].brace;
    bool goes_on = f->last != TOKEN_SEP && f->last != '{' && item->kind != '}' && !in_brackets &&
                   !(item->kind == TOKEN_ELSE && f->last == '}');
    if (item->kind == TOKEN_COMMENT && f->last == '}') goes_on = false;
    int level = f->depth > 0 ? f->open[f->depth - 1].level + 1 : 0;
    if (item->kind == '}' || item->kind == ')' || item->kind == ']') level--;
    f->level = level + (goes_on ? 1 : 0);
    bool blank = breaks > 1 && f->any && f->last != '{' && item->kind != '}';
    if (f->any) fputs(blank ? "\n\n" : "\n", f->out);
    fprintf(f->out, "%*s", INDENT * f->level, "");
}

/* A `;` is written only where another statement follows on its line. */
static bool separates(const Format *f, int i) {
    if (f->text[f->items.at[i].begin] != ';' || f->last == TOKEN_SEP || f->last == '{') return false;
    int next = i + 1;
    while (f->items.at[next].kind == TOKEN_SEP) next++;
    const Item *item = &f->items.at[next];
    return item->kind != TOKEN_COMMENT && item->kind != '}' && item->kind != TOKEN_END &&
           newlines_between(f, f->items.at[i].end, item->begin) == 0;
}

static void note_token(Format *f, const Item *item, int spaces) {
    if (item->kind == TOKEN_TABLE) f->table_next = true;
    if (item->kind == TOKEN_SEP) f->table_next = false;
    if (item->kind == '(' || item->kind == '[' || item->kind == '{') {
        bool inside = f->depth > 0 && f->open[f->depth - 1].table;
        int block = f->depth > 0 ? f->open[f->depth - 1].level + 1 : 0; /* where the statement stands */
        bool brace = item->kind == '{';
        int level = brace && block < f->level ? block : f->level;
        f->open[f->depth++] = (Open){level, brace, brace ? f->table_next : inside};
        f->table_next = false;
    } else if ((item->kind == ')' || item->kind == ']' || item->kind == '}') && f->depth > 0) {
        f->depth--;
    }
    bool starts = item->kind == TOKEN_SEP || item->kind == '{';
    f->tight = spaces == 0;
    f->before = f->last;
    f->last = item->kind;
    f->place = starts ? 0 : f->place + 1;
}

static void write_item(Format *f, Arena *arena, int i) {
    const Item *item = &f->items.at[i];
    if (item->kind == TOKEN_SEP && !separates(f, i)) {
        note_token(f, item, 0);
        return;
    }
    int breaks = newlines_between(f, f->written, item->begin), spaces = 0;
    if (breaks > 0 || !f->any) {
        start_line(f, item, breaks);
        spaces = 1;
        if (item->kind == '*' || item->kind == '/' || item->kind == TOKEN_RANGE) /* keeps to what stands on its right */
            spaces = f->items.at[i + 1].begin > item->end;
    } else if (item->kind == TOKEN_COMMENT) {
        vector_push(arena, &f->comments, (size_t)ftell(f->out));
    } else {
        spaces = spaces_before(f, item);
        fprintf(f->out, "%*s", spaces, "");
    }
    fwrite(f->text + item->begin, 1, item->end - item->begin, f->out);
    f->written = item->end;
    f->any = true;
    if (item->kind != TOKEN_COMMENT) note_token(f, item, spaces);
}

static void gather_items(Format *f, Compilation *c, const Tokens *tokens) {
    int token = 0, comment = 0;
    while (token < tokens->list.count || comment < tokens->comments.count) {
        bool comment_next = comment < tokens->comments.count &&
                            (token == tokens->list.count || tokens->comments.at[comment].begin < tokens->list.at[token].begin);
        if (comment_next) {
            const Comment *next = &tokens->comments.at[comment++];
            vector_push(c->arena, &f->items, (Item){TOKEN_COMMENT, next->begin, next->end});
        } else {
            const Token *next = &tokens->list.at[token++];
            vector_push(c->arena, &f->items, (Item){next->kind, next->begin, next->end});
        }
    }
}

/* One line of what was written, its code and its comment (empty if it has none behind code). */
typedef struct Line {
    const char *code, *comment, *end;
    int width; /* of the code, in characters */
} Line;

static Line line_at(const char *at, const char *end, const char *comment) {
    Line line = {.code = at, .end = memchr(at, '\n', (size_t)(end - at))};
    line.comment = comment && comment < line.end ? comment : line.end;
    for (const char *c = at; c < line.comment; c++) line.width += ((unsigned char)*c & 0xC0) != 0x80;
    return line;
}

/* Prints the lines from `lines` on that stand together, their comments two columns behind the widest code. */
static void print_together(const Line *lines, int count, FILE *out) {
    int widest = 0;
    for (int i = 0; i < count; i++)
        if (lines[i].width > widest) widest = lines[i].width;
    for (int i = 0; i < count; i++) {
        fwrite(lines[i].code, 1, (size_t)(lines[i].comment - lines[i].code), out);
        if (lines[i].comment < lines[i].end) fprintf(out, "%*s", widest - lines[i].width + 2, "");
        fwrite(lines[i].comment, 1, (size_t)(lines[i].end - lines[i].comment), out);
        fputc('\n', out);
    }
}

static void print_lined_up(const Format *f, Arena *arena, const char *text, size_t length, FILE *out) {
    VECTOR(Line) group = {0};
    int comment = 0;
    for (const char *at = text, *end = text + length; at < end;) {
        const char *next = comment < f->comments.count ? text + f->comments.at[comment] : NULL;
        Line line = line_at(at, end, next);
        bool commented = line.comment < line.end, aligned = commented && line.width <= WIDEST_ALIGNED;
        if (!aligned) {
            print_together(group.at, group.count, out);
            group.count = 0;
        }
        vector_push(arena, &group, line);
        if (!aligned) {
            print_together(group.at, group.count, out);
            group.count = 0;
        }
        comment += commented;
        at = line.end + 1;
    }
    print_together(group.at, group.count, out);
}

void syntax_format(Compilation *c, int source, const Ast *file, FILE *out) {
    (void)file; /* tokens say all that is needed of a source without errors */
    const Tokens tokens = tokens_read(c, source);
    Format *f = arena_new_of(c->arena, Format);
    char *text = NULL;
    size_t length = 0;
    f->text = c->sources.list.at[source].text;
    f->out = open_memstream(&text, &length);
    if (!f->out) return;
    f->last = f->before = TOKEN_SEP;
    if (c->sources.list.at[source].length >= 3 && memcmp(f->text, "\xEF\xBB\xBF", 3) == 0) f->written = 3;
    gather_items(f, c, &tokens);
    for (int i = 0; f->items.at[i].kind != TOKEN_END; i++) write_item(f, c->arena, i);
    if (f->any) fputc('\n', f->out);
    fclose(f->out);
    print_lined_up(f, c->arena, text, length, out);
    free(text);
}
