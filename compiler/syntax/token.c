/* Tokens: three passes over a source. The lexer cuts it; brackets are matched; then words get their meaning from where
 * they stand and line ends become separators where they count.
 * In: a source. Out: Tokens. Kept true: brackets are balanced, END comes last, spans grow, no error is said twice. */
#include "syntax/token.h"

#include "parser.tab.h"
#include "syntax/text.h"

#include <string.h>

typedef void *yyscan_t;
struct yy_buffer_state;
int lexer_lex_init(yyscan_t *scanner);
int lexer_lex(yyscan_t scanner);
int lexer_lex_destroy(yyscan_t scanner);
int lexer_get_leng(yyscan_t scanner);
struct yy_buffer_state *lexer__scan_bytes(const char *bytes, int length, yyscan_t scanner);

/* ---- words ---- */

enum { HEAD = 1, CLAUSE = 2, RESERVED = 4 };

typedef struct Word {
    const char *text;
    int token, roles;
} Word;

static const Word words[] = {
#define WORD(text, token, roles) {text, TOKEN_##token, roles},
#include "syntax/words.def"
#undef WORD
};

enum { WORD_COUNT = (int)(sizeof words / sizeof *words), LONGEST_WORD = 12 /* compartments */ };

static const Word *find_word(const char *text, size_t length) {
    int low = 0, high = length <= LONGEST_WORD ? WORD_COUNT - 1 : -1;
    while (low <= high) {
        int middle = (low + high) / 2, order = words[middle].text[0] - text[0];
        if (order == 0) order = strncmp(words[middle].text, text, length);
        if (order == 0 && words[middle].text[length]) order = 1;
        if (order == 0) return &words[middle];
        if (order < 0) low = middle + 1;
        else high = middle - 1;
    }
    return NULL;
}

static const char *const statement_words[] = {
#define WORD(text, token, roles) ((roles) & HEAD) ? text : "",
#include "syntax/words.def"
#undef WORD
};

static const char *const clause_words[] = {
#define WORD(text, token, roles) ((roles) & (CLAUSE | RESERVED)) ? text : "",
#include "syntax/words.def"
#undef WORD
};

int token_keywords(bool statements, const char *const **list) {
    *list = statements ? statement_words : clause_words;
    return WORD_COUNT;
}

const char *token_keyword_text(int kind) {
    for (int i = 0; i < WORD_COUNT; i++)
        if (words[i].token == kind) return words[i].text;
    return NULL;
}

/* ---- state ---- */

typedef struct Frame {
    int opener;   /* in raw */
    char sign;    /* ( [ { */
    bool unclosed, table;
} Frame;

typedef VECTOR(Token) TokenVector;

typedef struct Reading {
    Compilation *c;
    int source;
    const char *text;
    uint32_t length;
    TokenVector raw;
    bool *unclosed; /* by raw token: an opener without a closer */
    Tokens out;
    Frame frames[NESTING_LIMIT + 1];
    int depth;
    int last;  /* kind emitted last; SEP at the start */
    int head;  /* keyword token of the statement being read, 0 if it has none */
    int place; /* tokens emitted since the statement's start */
    int errors_before; /* how many errors there were when reading began */
} Reading;

static Span span_of(const Reading *r, uint32_t begin, uint32_t end) { return (Span){r->source, begin, end}; }

/* Have there been so many errors that this is hardly a model file? Says so. */
static bool is_hopeless(Reading *r, uint32_t at) {
    if (r->c->diagnostics.errors - r->errors_before < SYNTAX_ERROR_LIMIT) return false;
    compile_error(r->c, TOO_MANY_ERRORS, span_of(r, at, at), "too many errors; the rest of this file is not read");
    return true;
}

/* ---- first pass: the lexer ---- */

static void check_string(Reading *r, Token token) {
    for (uint32_t i = token.begin + 1; i + 1 < token.end; i++) {
        if (r->text[i] != '\\') continue;
        if (!text_escape(r->text[i + 1])) {
            Diagnostic *d = compile_error(r->c, STRING_ESCAPE, span_of(r, i, i + 2), "unknown escape in a string");
            compile_help(r->c, d, "write \\\\ for a backslash; \\\", \\n and \\t are known too");
        }
        i++;
    }
}

/* A word with bytes beyond ASCII. Returns what the parser shall see in its place. */
static int report_foreign_word(Reading *r, Token token) {
    uint32_t begin = token.begin;
    while (begin < token.end && (unsigned char)r->text[begin] < 0x80) begin++;
    int size = 0;
    const char *sign = NULL;
    bool operator = false;
    bool known = text_foreign_sign(r->text + begin, token.end - begin, &size, &sign, &operator);
    Diagnostic *d = compile_error(r->c, STRAY_CHARACTER, span_of(r, begin, begin + (uint32_t)size),
                                  "`%.*s` cannot stand in a name or an equation", size, r->text + begin);
    if (known) compile_help(r->c, d, "write %s", sign);
    else compile_help(r->c, d, "names are made of the letters A to Z, a to z, digits and _");
    return operator ? TOKEN_GRAMMAR_error : TOKEN_IDENT;
}

static void take_comment(Reading *r, Token token, bool doc) {
    uint32_t line = token.begin;
    while (line > 0 && (r->text[line - 1] == ' ' || r->text[line - 1] == '\t')) line--;
    bool own_line = line == 0 || r->text[line - 1] == '\n';
    while (token.end > token.begin && (r->text[token.end - 1] == '\r' || r->text[token.end - 1] == ' ')) token.end--;
    vector_push(r->c->arena, &r->out.comments, (Comment){token.begin, token.end, doc, own_line});
}

static void scan(Reading *r) {
    yyscan_t scanner;
    if (lexer_lex_init(&scanner) != 0) return;
    uint32_t at = 0;
    if (r->length >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0) at = 3; /* a byte order mark */
    lexer__scan_bytes(r->text + at, (int)(r->length - at), scanner);
    for (int kind; (kind = lexer_lex(scanner)) != 0;) {
        Token token = {kind, at, at + (uint32_t)lexer_get_leng(scanner)};
        at = token.end;
        switch (kind) {
        case TOKEN_SPACE: continue;
        case TOKEN_COMMENT:
        case TOKEN_DOC: take_comment(r, token, kind == TOKEN_DOC); continue;
        case TOKEN_NEWLINE:
            if (r->raw.count && vector_last(&r->raw).kind == TOKEN_NEWLINE) continue;
            break;
        case TOKEN_OPEN_STRING:
            while (token.end > token.begin && r->text[token.end - 1] == '\r') token.end--;
            compile_error(r->c, UNTERMINATED_STRING, span_of(r, token.begin, token.end),
                          "this string has no closing \" on its line");
            token.kind = TOKEN_STRING;
            break;
        case TOKEN_STRING: check_string(r, token); break;
        case TOKEN_STRAY:
            compile_error(r->c, STRAY_CHARACTER, span_of(r, token.begin, token.end), "`%c` has no meaning here",
                          (unsigned char)r->text[token.begin] < 0x20 ? '?' : r->text[token.begin]);
            token.kind = TOKEN_GRAMMAR_error;
            break;
        case TOKEN_IDENT:
            for (uint32_t i = token.begin; i < token.end; i++) {
                if ((unsigned char)r->text[i] < 0x80) continue;
                token.kind = report_foreign_word(r, token);
                break;
            }
            break;
        default: break;
        }
        vector_push(r->c->arena, &r->raw, token);
        if (is_hopeless(r, at)) break;
    }
    lexer_lex_destroy(scanner);
    vector_push(r->c->arena, &r->raw, (Token){TOKEN_END, at, at});
}

/* ---- second pass: brackets ---- */

static int closer_of(char opener) { return opener == '(' ? ')' : opener == '[' ? ']' : '}'; }

/* Columns of blank space at the start of the line that holds `byte`; `first`: nothing but that comes before it. */
static uint32_t indent_at(const Reading *r, uint32_t byte, bool *first) {
    const Source *source = &r->c->sources.list.at[r->source];
    int line, column;
    source_place(source, byte, &line, &column);
    uint32_t start = source->lines.at[line - 1], at = start;
    while (r->text[at] == ' ' || r->text[at] == '\t') at++;
    *first = at == byte;
    return at - start;
}

static void report_unclosed(Reading *r, int opener, const Token *before) {
    Token token = r->raw.at[opener];
    r->unclosed[opener] = true;
    Diagnostic *d = compile_error(r->c, UNCLOSED, span_of(r, token.begin, token.end), "this `%c` is never closed",
                                  token.kind);
    if (before) compile_note(r->c, d, span_of(r, before->begin, before->end), "`%c` comes before its `%c`",
                             before->kind, closer_of((char)token.kind));
}

/* The frame that a closer closes, or -1. A `}` looks through ( and [, the others never through a `{`. */
static int frame_closed_by(const Reading *r, int closer) {
    for (int i = r->depth; i-- > 0;) {
        if (closer_of(r->frames[i].sign) == closer) return i;
        if (r->frames[i].sign == '{') return -1;
    }
    return -1;
}

static void report_open_braces(Reading *r, Token suspect_closer, int suspect_opener) {
    for (int i = 0; i < r->depth; i++) {
        Token token = r->raw.at[r->frames[i].opener];
        r->unclosed[r->frames[i].opener] = true;
        Diagnostic *d = compile_error(r->c, UNCLOSED, span_of(r, token.begin, token.end), "this `%c` is never closed",
                                      token.kind);
        if (i > 0 || suspect_opener < 0) continue;
        Token opener = r->raw.at[suspect_opener];
        compile_note(r->c, d, span_of(r, suspect_closer.begin, suspect_closer.end),
                     "this `}` is indented unlike the line of the `{` that it closes: is one missing before it?");
        compile_note(r->c, d, span_of(r, opener.begin, opener.end), "it closes this one");
    }
}

/* The source ends before raw token `i`; what is open there is closed without another word. */
static void stop_at(Reading *r, int i) {
    Token *token = &r->raw.at[i];
    for (int k = 0; k < r->depth; k++) r->unclosed[r->frames[k].opener] = true;
    *token = (Token){TOKEN_END, token->begin, token->begin};
    r->raw.count = i + 1;
    r->depth = 0;
}

static void match_brackets(Reading *r) {
    r->unclosed = arena_array_of(r->c->arena, bool, r->raw.count);
    Token suspect = {0};
    int suspect_opener = -1;
    for (int i = 0; i < r->raw.count; i++) {
        Token *token = &r->raw.at[i];
        if (token->kind == '(' || token->kind == '[' || token->kind == '{') {
            if (r->depth == NESTING_LIMIT) {
                compile_error(r->c, TOO_DEEP, span_of(r, token->begin, token->end),
                              "brackets are nested more than %d deep; the rest is not read", NESTING_LIMIT);
                stop_at(r, i);
                return;
            }
            while (token->kind == '{' && r->depth > 0 && r->frames[r->depth - 1].sign != '{')
                report_unclosed(r, r->frames[--r->depth].opener, NULL); /* no block stands inside ( or [ */
            r->frames[r->depth++] = (Frame){.opener = i, .sign = (char)token->kind};
        } else if (token->kind == ')' || token->kind == ']' || token->kind == '}') {
            int frame = frame_closed_by(r, token->kind);
            if (frame < 0) {
                compile_error(r->c, UNOPENED, span_of(r, token->begin, token->end), "this `%c` closes nothing",
                              token->kind);
                token->kind = token->kind == '}' ? TOKEN_SEP : TOKEN_GRAMMAR_error;
                if (is_hopeless(r, token->begin)) {
                    stop_at(r, i);
                    return;
                }
                continue;
            }
            while (r->depth > frame + 1) report_unclosed(r, r->frames[--r->depth].opener, token);
            int opener = r->frames[--r->depth].opener;
            if (token->kind != '}' || suspect_opener >= 0) continue;
            bool first, opener_first;
            uint32_t indent = indent_at(r, token->begin, &first);
            if (!first || indent == indent_at(r, r->raw.at[opener].begin, &opener_first)) continue;
            suspect = *token;
            suspect_opener = opener;
        }
    }
    report_open_braces(r, suspect, suspect_opener);
    r->depth = 0;
}

/* ---- third pass: meaning by place ---- */

static void emit(Reading *r, int kind, uint32_t begin, uint32_t end) {
    if (kind == TOKEN_SEP) {
        r->head = 0;
        r->place = 0;
    } else {
        r->place++;
    }
    r->last = kind;
    vector_push(r->c->arena, &r->out.list, (Token){kind, begin, end});
}

static bool ends_operand(int kind) {
    switch (kind) {
    case TOKEN_IDENT:
    case TOKEN_NUMBER:
    case TOKEN_PERCENT:
    case TOKEN_STRING:
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case ')':
    case ']': return true;
    default: return false;
    }
}

/* Tokens after which a line end cannot end a statement. */
static bool continues(int kind) {
    switch (kind) {
    case ',': case '+': case '-': case '*': case '/': case '^': case '=': case '<': case '>': case ':': case '@':
    case '.': case '(': case '[':
    case TOKEN_ARROW: case TOKEN_BOTH: case TOKEN_LINK: case TOKEN_RANGE: case TOKEN_PLUS_SET: case TOKEN_MINUS_SET:
    case TOKEN_TIMES_SET: case TOKEN_OVER_SET: case TOKEN_LESS_EQUAL: case TOKEN_GREATER_EQUAL: case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL: case TOKEN_AND: case TOKEN_OR: case TOKEN_NOT: case TOKEN_IF: case TOKEN_ELSE: case TOKEN_MOD:
    case TOKEN_IN: case TOKEN_OF: case TOKEN_AS:
        return true;
    default: return false;
    }
}

/* What follows a head word that is only a name here: `rate = 3`, `step += 1`, `data' = …`, `input.x`, `record[3]`. */
static bool makes_name(int next) {
    switch (next) {
    case '=': case '.': case ',': case ':': case '\'': case '[': case ')': case ']': case '}': case '*': case '/':
    case '+': case '^': case '@': case '<': case '>':
    case TOKEN_PLUS_SET: case TOKEN_MINUS_SET: case TOKEN_TIMES_SET: case TOKEN_OVER_SET: case TOKEN_ARROW:
    case TOKEN_BOTH: case TOKEN_LINK: case TOKEN_SEP: case TOKEN_NEWLINE: case TOKEN_END:
        return true;
    default: return false;
    }
}

static const Word *word_at(const Reading *r, int i) {
    const Token *token = &r->raw.at[i];
    return token->kind == TOKEN_IDENT ? find_word(r->text + token->begin, token->end - token->begin) : NULL;
}

static int token_at(const Reading *r, int i) {
    const Word *word = word_at(r, i);
    return word ? word->token : r->raw.at[i].kind;
}

/* Heads that are keywords only before one certain word. */
static int required_after(int head) {
    switch (head) {
    case TOKEN_PRUNE:
    case TOKEN_STOP: return TOKEN_WHEN;
    case TOKEN_RELAX: return TOKEN_UNTIL;
    case TOKEN_REWIRE: return TOKEN_EVERY;
    case TOKEN_REPLACE: return TOKEN_ON;
    case TOKEN_EXTERN: return TOKEN_FUNCTION;
    default: return 0;
    }
}

static int head_meaning(const Reading *r, const Word *word, int i) {
    if (!(word->roles & HEAD) || makes_name(r->raw.at[i + 1].kind)) return TOKEN_IDENT;
    int required = required_after(word->token);
    return required && token_at(r, i + 1) != required ? TOKEN_IDENT : word->token;
}

/* Clause words that come straight after a keyword, where otherwise an operand starts. */
static bool follows_keyword(const Reading *r, int keyword, int word, int i) {
    switch (keyword) {
    case TOKEN_SPIKE: return (word == TOKEN_WHEN || (word == TOKEN_EXACT && token_at(r, i + 1) == TOKEN_WHEN));
    case TOKEN_EXACT:
    case TOKEN_PRUNE:
    case TOKEN_STOP: return word == TOKEN_WHEN;
    case TOKEN_RELAX: return word == TOKEN_UNTIL;
    case TOKEN_TOGETHER: return word == TOKEN_WITH;
    case TOKEN_DATA: return word == TOKEN_FROM;
    case TOKEN_MEMBRANE: return word == TOKEN_IN;
    case TOKEN_COMPARTMENTS:
    case TOKEN_REWIRE: return word == TOKEN_EVERY;
    case TOKEN_REPLACE: return word == TOKEN_ON;
    case TOKEN_EXTERN: return word == TOKEN_FUNCTION;
    case TOKEN_RISES: return word == TOKEN_ABOVE;
    case TOKEN_FALLS: return word == TOKEN_BELOW;
    case TOKEN_PRESENT: return word == TOKEN_STEP && r->raw.at[i + 1].kind == TOKEN_NUMBER;
    case ',':
        if (word == TOKEN_ON) return r->head == TOKEN_TRACE && r->raw.at[i + 1].kind == TOKEN_IDENT;
        return word == TOKEN_THEN && (r->head == TOKEN_SOLVE || r->head == TOKEN_RUN) &&
               r->raw.at[i + 1].kind == TOKEN_IDENT;
    default: return false;
    }
}

static int word_meaning(const Reading *r, const Word *word, int i) {
    if (word->roles & RESERVED) return r->last == '.' ? TOKEN_IDENT : word->token;
    if (r->last == TOKEN_SEP || r->last == '{') return head_meaning(r, word, i);
    if (follows_keyword(r, r->last, word->token, i)) return word->token;
    if (!(word->roles & CLAUSE) || !ends_operand(r->last)) return TOKEN_IDENT;
    if (r->place == 1 && r->last == TOKEN_IDENT) return TOKEN_IDENT; /* what a setting is set to: `schedule step(3)` */
    if ((word->token == TOKEN_LOG || word->token == TOKEN_SHARED) && r->head != TOKEN_LEARN) return TOKEN_IDENT;
    return word->token;
}

static void read_word(Reading *r, int i, bool in_table) {
    Token token = r->raw.at[i];
    const Word *word = find_word(r->text + token.begin, token.end - token.begin);
    int kind = TOKEN_IDENT;
    if (word && in_table) kind = word->token == TOKEN_TRUE || word->token == TOKEN_FALSE ? word->token : TOKEN_IDENT;
    else if (word) kind = word_meaning(r, word, i);
    bool starts = r->place == 0;
    emit(r, kind, token.begin, token.end);
    if (starts && word && (word->roles & HEAD) && kind == word->token) r->head = kind;
}

/* `.75` and `5.`: reported, and read as the number that was meant. Returns how many raw tokens were taken. */
static int read_point(Reading *r, int i) {
    Token point = r->raw.at[i], next = r->raw.at[i + 1], before = i > 0 ? r->raw.at[i - 1] : point;
    bool joined = i > 0 && before.end == point.begin;
    if (next.kind == TOKEN_NUMBER && next.begin == point.end && !(joined && ends_operand(r->last))) {
        Diagnostic *d = compile_error(r->c, NUMBER_FORM, span_of(r, point.begin, next.end),
                                      "a number has digits on both sides of its point");
        compile_help(r->c, d, "write 0%.*s", (int)(next.end - point.begin), r->text + point.begin);
        emit(r, TOKEN_NUMBER, point.begin, next.end);
        return 2;
    }
    bool field = i > 1 && r->raw.at[i - 2].kind == '.'; /* soma.0.x */
    if (r->last == TOKEN_NUMBER && joined && !field && !(next.kind == TOKEN_NUMBER && next.begin == point.end)) {
        Diagnostic *d = compile_error(r->c, NUMBER_FORM, span_of(r, before.begin, point.end),
                                      "a number has digits on both sides of its point");
        compile_help(r->c, d, "write %.*s.0", (int)(before.end - before.begin), r->text + before.begin);
        return 1;
    }
    emit(r, '.', point.begin, point.end);
    return 1;
}

/* In a table `-` before digits is their sign and alone stands for what is not known. */
static int read_table_minus(Reading *r, int i, bool bracketed) {
    Token minus = r->raw.at[i], next = r->raw.at[i + 1];
    if (next.kind == TOKEN_NUMBER && next.begin == minus.end) {
        emit(r, TOKEN_NUMBER, minus.begin, next.end);
        return 2;
    }
    emit(r, bracketed ? '-' : TOKEN_MISSING, minus.begin, minus.end);
    return 1;
}

/* Closers for the ( and [ on top that have none of their own; the error has been said. */
static void close_unclosed(Reading *r, uint32_t at) {
    while (r->depth > 0 && r->frames[r->depth - 1].unclosed && r->frames[r->depth - 1].sign != '{') {
        int kind = continues(r->last) ? TOKEN_GRAMMAR_error : closer_of(r->frames[r->depth - 1].sign);
        emit(r, kind, at, at);
        r->depth--;
    }
}

static void read_newline(Reading *r, int i) {
    Token token = r->raw.at[i];
    bool table = r->depth > 0 && r->frames[r->depth - 1].table;
    const Frame *top = r->depth > 0 ? &r->frames[r->depth - 1] : NULL;
    if (top && top->sign != '{' && !top->unclosed) return;
    if (!table && continues(r->last)) return;
    close_unclosed(r, token.begin);
    if (r->last == TOKEN_SEP || r->last == '{') return;
    if (token_at(r, i + 1) == TOKEN_ELSE && !table) return;
    if (r->raw.at[i + 1].kind == '{') {
        Token brace = r->raw.at[i + 1];
        Diagnostic *d = compile_error(r->c, UNEXPECTED, span_of(r, brace.begin, brace.end),
                                      "a statement cannot start with `{`");
        compile_help(r->c, d, "put it at the end of the line before");
        return;
    }
    emit(r, TOKEN_SEP, token.begin, token.end);
}

static void read_closer(Reading *r, Token token) {
    if (token.kind == '}') close_unclosed(r, token.begin);
    while (r->depth > 0 && r->frames[r->depth - 1].sign != (token.kind == ')' ? '(' : token.kind == ']' ? '[' : '{')) {
        emit(r, closer_of(r->frames[--r->depth].sign), token.begin, token.begin);
    }
    if (r->depth > 0) r->depth--;
    emit(r, token.kind, token.begin, token.end);
}

static void read_all(Reading *r) {
    r->last = TOKEN_SEP;
    for (int i = 0; i < r->raw.count;) {
        Token token = r->raw.at[i];
        if (token.kind == '.' && is_hopeless(r, token.begin)) token.kind = TOKEN_END;
        bool table = r->depth > 0 && r->frames[r->depth - 1].table;
        bool in_braces = r->depth == 0 || r->frames[r->depth - 1].sign == '{';
        switch (token.kind) {
        case TOKEN_NEWLINE: read_newline(r, i); break;
        case TOKEN_IDENT: read_word(r, i, table); break;
        case '.': i += read_point(r, i); continue;
        case '-':
            if (table) {
                i += read_table_minus(r, i, !in_braces);
                continue;
            }
            emit(r, '-', token.begin, token.end);
            break;
        case '(':
        case '[':
        case '{': {
            if (token.kind == '{') close_unclosed(r, token.begin);
            table = r->depth > 0 && r->frames[r->depth - 1].table;
            bool opens_table = token.kind == '{' ? r->head == TOKEN_TABLE : table;
            r->frames[r->depth++] = (Frame){i, (char)token.kind, r->unclosed[i], opens_table};
            emit(r, token.kind, token.begin, token.end);
            if (token.kind == '{') {
                r->place = 0;
                r->head = 0;
            }
            break;
        }
        case ')':
        case ']':
        case '}': read_closer(r, token); break;
        case TOKEN_END:
            close_unclosed(r, token.begin);
            while (r->depth > 0) emit(r, closer_of(r->frames[--r->depth].sign), token.begin, token.begin);
            emit(r, TOKEN_END, token.begin, token.end);
            return;
        case TOKEN_SEP: close_unclosed(r, token.begin); /* fall through */
        default: emit(r, token.kind, token.begin, token.end); break;
        }
        i++;
    }
}

Tokens tokens_read(Compilation *c, int source) {
    const Source *text = &c->sources.list.at[source];
    Reading *r = arena_new_of(c->arena, Reading);
    r->c = c;
    r->source = source;
    r->text = text->text;
    r->length = (uint32_t)text->length;
    r->errors_before = c->diagnostics.errors;
    uint32_t begin, end;
    if (!text_is_utf8(r->text, r->length, &begin, &end))
        compile_error(c, INVALID_UTF8, span_of(r, begin, end), "the file is not UTF-8 from here on");
    scan(r);
    match_brackets(r);
    read_all(r);
    return r->out;
}
