/* What is said about an unexpected token: classes of what could have come ("an expression"), not seventy words, and the
 * nearest keyword where a word looks like a slip.
 * In: the token and the kinds expected. Out: one diagnostic. Kept true: at most SYNTAX_ERROR_LIMIT of them a source. */
#include "syntax/build.h"

#include "parser.tab.h"

#include <string.h>

enum { MOST_KINDS = 512, MOST_NAMED = 6 };

typedef struct Expected {
    bool has[MOST_KINDS];
    const char *said[MOST_NAMED + 8];
    int count;
} Expected;

static bool takes(Expected *e, const int *kinds, int count) {
    bool any = false;
    for (int i = 0; i < count; i++) {
        any |= e->has[kinds[i]];
        e->has[kinds[i]] = false;
    }
    return any;
}

#define TAKE(e, ...) takes((e), (const int[]){__VA_ARGS__}, (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)))

static void say(Expected *e, const char *text) {
    if (e->count < MOST_NAMED + 8) e->said[e->count++] = text;
}

static void take_statement_heads(Expected *e) {
    const char *const *heads;
    int count = token_keywords(true, &heads);
    for (int kind = 0; kind < MOST_KINDS; kind++) {
        const char *word = e->has[kind] ? token_keyword_text(kind) : NULL;
        for (int i = 0; word && i < count; i++)
            if (strcmp(heads[i], word) == 0) e->has[kind] = false;
    }
}

/* Folds what is expected into classes, most telling first. */
static void classify(Arena *arena, Expected *e) {
    bool operators = e->has['+'] && e->has['*'] && e->has['<'];
    if (e->has[TOKEN_NEURON] && e->has[TOKEN_PARAM]) {
        say(e, "a statement");
        take_statement_heads(e);
        TAKE(e, TOKEN_IF, TOKEN_FOR, TOKEN_IDENT, TOKEN_NUMBER, '(', TOKEN_SEP);
    }
    if (e->has[TOKEN_PLUS_SET]) {
        say(e, "`=`");
        TAKE(e, '=', TOKEN_PLUS_SET, TOKEN_MINUS_SET, TOKEN_TIMES_SET, TOKEN_OVER_SET, '\'', '@', TOKEN_BOTH, TOKEN_ARROW,
             '+', '*', '/');
    }
    if (e->has[TOKEN_NUMBER] && e->has[TOKEN_MISSING]) {
        say(e, "a cell");
        TAKE(e, TOKEN_NUMBER, TOKEN_MISSING, TOKEN_IDENT, TOKEN_STRING, TOKEN_TRUE, TOKEN_FALSE, '[', '|');
    }
    if (e->has[TOKEN_PERCENT] && e->has[TOKEN_NOT]) {
        say(e, "an expression");
        TAKE(e, TOKEN_NUMBER, TOKEN_PERCENT, TOKEN_STRING, TOKEN_TRUE, TOKEN_FALSE, TOKEN_NOT, '-', '(', '[', TOKEN_IDENT);
    }
    if (operators) {
        say(e, "an operator");
        TAKE(e, TOKEN_IF, TOKEN_AND, TOKEN_OR, '<', '>', TOKEN_LESS_EQUAL, TOKEN_GREATER_EQUAL, TOKEN_EQUAL,
             TOKEN_NOT_EQUAL, TOKEN_IN, TOKEN_WITHIN, TOKEN_NEAREST, TOKEN_RANGE, TOKEN_AS, '+', '-', '*', '/', TOKEN_MOD,
             '^', TOKEN_OF, TOKEN_AT, TOKEN_WHERE, TOKEN_FROM, TOKEN_TO, TOKEN_STEPS, TOKEN_BY);
    }
    if (TAKE(e, TOKEN_IDENT)) say(e, operators ? "a unit" : "a name");
    if (TAKE(e, TOKEN_NUMBER)) say(e, "a number");
    if (TAKE(e, TOKEN_STRING)) say(e, "a \"text\"");
    if (TAKE(e, TOKEN_PERCENT)) say(e, "a percentage");
    bool goes_on = e->has['.'] && e->has['['];
    if (goes_on) TAKE(e, '.', '[', '(');
    if (TAKE(e, TOKEN_SEP, TOKEN_END)) say(e, "the end of the statement");
    int named = 0;
    for (int kind = 1; kind < MOST_KINDS && named < MOST_NAMED; kind++) {
        if (!e->has[kind]) continue;
        const char *word = token_keyword_text(kind);
        const char *sign = kind == TOKEN_ARROW ? "->" : kind == TOKEN_BOTH ? "<->" : kind == TOKEN_LINK ? "--"
                           : kind == TOKEN_RANGE ? ".." : NULL;
        if (word || sign) say(e, arena_print(arena, "`%s`", word ? word : sign));
        else if (kind < 128) say(e, arena_print(arena, "`%c`", kind));
        else continue;
        named++;
    }
}

static const char *join_expected(Arena *arena, const Expected *e) {
    const char *text = "";
    for (int i = 0; i < e->count; i++)
        text = arena_print(arena, "%s%s%s", text, i == 0 ? "" : i == e->count - 1 ? " or " : ", ", e->said[i]);
    return text;
}

static const char *describe(const Parser *p, Span place, int token) {
    Arena *arena = p->c->arena;
    int length = (int)(place.end - place.begin);
    switch (token) {
    case TOKEN_END: return "the end of the file";
    case TOKEN_SEP: return p->text[place.begin] == ';' ? "`;`" : "the end of the line";
    case TOKEN_STRING: return "a text";
    default: break;
    }
    if (length == 0) return arena_print(arena, "`%c`", token);
    return arena_print(arena, "`%.*s`", length > 40 ? 40 : length, p->text + place.begin);
}

static bool is_reserved(int token) {
    return token == TOKEN_IF || token == TOKEN_ELSE || token == TOKEN_AND || token == TOKEN_OR || token == TOKEN_NOT ||
           token == TOKEN_TRUE || token == TOKEN_FALSE || token == TOKEN_FOR;
}

static char *token_text(const Parser *p, Token token) {
    return arena_copy_text(p->c->arena, p->text + token.begin, token.end - token.begin);
}

/* The word that starts the statement in which token `at` stands, if it is no keyword but looks like one. */
static const char *meant_statement(const Parser *p, int at) {
    int first = at;
    while (first > 0 && p->tokens.list.at[first - 1].kind != TOKEN_SEP && p->tokens.list.at[first - 1].kind != '{') first--;
    Token token = p->tokens.list.at[first];
    if (first == at || token.kind != TOKEN_IDENT) return NULL;
    const char *const *heads;
    int count = token_keywords(true, &heads);
    const char *word = token_text(p, token), *nearest = nearest_name(word, heads, count);
    for (int i = 0; i < count && !nearest; i++) /* `parameter`, `experiments` */
        if (strlen(heads[i]) > 4 && strncmp(word, heads[i], strlen(heads[i])) == 0) nearest = heads[i];
    return nearest && strcmp(nearest, word) != 0 ? nearest : NULL;
}

/* V of `dV/dt = …`, which starts the statement in which token `at` is its `=`; NULL: it is none. */
static const char *meant_derivative(const Parser *p, int at) {
    if (at < 3) return NULL;
    Token first = p->tokens.list.at[at - 3], last = p->tokens.list.at[at - 1];
    const char *top = token_text(p, first);
    bool derivative = p->tokens.list.at[at - 2].kind == '/' && strcmp(token_text(p, last), "dt") == 0;
    return derivative && top[0] == 'd' && top[1] ? top + 1 : NULL;
}

/* A clause word that could have come and looks like the one found. */
static const char *meant_clause(const Parser *p, int at, const Expected *e) {
    const char *const *clauses;
    int count = token_keywords(false, &clauses), usable = 0;
    const char *could[MOST_KINDS];
    for (int kind = 0; kind < MOST_KINDS && usable < MOST_KINDS; kind++) {
        const char *word = e->has[kind] ? token_keyword_text(kind) : NULL;
        for (int i = 0; word && i < count; i++)
            if (strcmp(clauses[i], word) == 0) could[usable++] = word;
    }
    return nearest_name(token_text(p, p->tokens.list.at[at]), could, usable);
}

static void add_help(Parser *p, Diagnostic *d, int at, int token, const Expected *e) {
    const char *word = token == TOKEN_IDENT ? meant_clause(p, at, e) : NULL;
    if (!word) word = meant_statement(p, at);
    const char *found = token_text(p, p->tokens.list.at[at]);
    const char *before = at > 0 ? token_text(p, p->tokens.list.at[at - 1]) : "";
    const char *derivative = token == '=' ? meant_derivative(p, at) : NULL;
    if (derivative) {
        compile_help(p->c, d, "a derivative is written %s' = …", derivative);
    } else if (token == TOKEN_TO && e->has[TOKEN_ARROW]) {
        compile_help(p->c, d, "write -> between source and target: connect A -> B via …");
    } else if (strcmp(before, "with") == 0 && e->has[TOKEN_WITH]) {
        compile_help(p->c, d, "the name of what is meant is missing before `with`");
    } else if (e->has['{'] && (token == ':' || strcmp(found, "then") == 0)) {
        compile_help(p->c, d, "what is done stands between { and }");
    } else if (word) {
        compile_help(p->c, d, "did you mean `%s`?", word);
    } else if (token == '=' && e->has[TOKEN_EQUAL]) {
        compile_help(p->c, d, "write == to compare");
    } else if (e->has['*'] && e->has['<'] && (token == TOKEN_IDENT || token == TOKEN_NUMBER || token == '(')) {
        compile_help(p->c, d, "is an operator missing before it? A statement ends at the end of its line or at `;`");
    } else if (e->has[TOKEN_PARAM] && strchr("+*/^<>=,.", token < 128 ? token : 'x')) {
        compile_help(p->c, d, "a line that goes on ends with an operator or a comma");
    } else if (token == TOKEN_IDENT && at > 0 && p->tokens.list.at[at - 1].kind == '}') {
        compile_help(p->c, d, "after a `}` the next statement starts on a new line or after `;`");
    }
}

static void count_error(Parser *p, Span place) {
    if (++p->errors < SYNTAX_ERROR_LIMIT) return;
    compile_error(p->c, TOO_MANY_ERRORS, place, "too many errors; the rest of this file is not read");
    p->at = p->tokens.list.count - 1;
}

void grammar_report(Parser *p, Span place, int token, const int *expected, int count) {
    Expected e = {.count = 0};
    for (int i = 0; i < count; i++)
        if (expected[i] >= 0 && expected[i] < MOST_KINDS) e.has[expected[i]] = true;
    int at = p->at > 0 ? p->at - 1 : 0;
    Token before = at > 0 ? p->tokens.list.at[at - 1] : (Token){0};
    bool for_name = is_reserved(token) && e.has[TOKEN_IDENT] && !e.has[TOKEN_NOT];
    bool as_name = is_reserved(before.kind) && before.kind != TOKEN_NOT && token == '=';
    if (for_name || as_name) {
        Span word = for_name ? place : (Span){p->source, before.begin, before.end};
        Diagnostic *d = compile_error(p->c, RESERVED_WORD, word, "%s is reserved and cannot be a name",
                                      describe(p, word, TOKEN_IDENT));
        compile_help(p->c, d, "only if, else, and, or, not, true, false and for are reserved");
        count_error(p, place);
        return;
    }
    Expected classes = e;
    classify(p->c->arena, &classes);
    const char *list = join_expected(p->c->arena, &classes);
    Diagnostic *d = compile_error(p->c, UNEXPECTED, place, *list ? "unexpected %s: expected %s" : "unexpected %s%s",
                                  describe(p, place, token), list);
    add_help(p, d, at, token, &e);
    count_error(p, place);
}

/* The parser calls this only when its stack is full. */
void grammar_error(const Span *place, Parser *p, const char *message) {
    compile_error(p->c, TOO_DEEP, *place, "this is nested too deeply to be read (%s)", message);
}
