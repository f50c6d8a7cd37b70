/* Damaged sources: whatever is deleted, doubled or swapped, reading ends, gives a sound tree and says what is wrong. */
#include "reading.h"

#include "syntax/token.h"
#include "suite.h"
#include <stdlib.h>
#include <string.h>

enum { MUTATIONS = 1000 };

static uint64_t random_next(uint64_t *state) { /* SplitMix64 (Steele, Lea & Flood 2014) */
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t limit) { return limit ? (uint32_t)(random_next(state) % limit) : 0; }

/* Kids of the tree lie in the source and heights are right; the parser itself keeps no promise of nesting after errors. */
static void check_sound(const Read *read, const Ast *node) {
    size_t length = read->c->sources.list.at[read->source].length;
    ck_assert(node->kind < AST_KIND_COUNT);
    ck_assert(node->span.begin <= node->span.end && node->span.end <= length);
    ck_assert_int_le(node->height, AST_HEIGHT_LIMIT + 2);
    for (int i = 0; i < node->count; i++)
        if (node->kids[i]) check_sound(read, node->kids[i]);
}

static void check_text(const char *text, size_t length) {
    if (memchr(text, 0, length)) return; /* such a file is never read */
    Read read = read_text(text, length);
    check_sound(&read, read.file);
    char *report = read_report(&read);
    free(report);
    if (read.c->diagnostics.errors == 0) free(read_format(&read));
    read_free(&read);
}

/* One to four changes, each to a byte or to a token. */
static char *mutate(const char *text, size_t length, const Tokens *tokens, uint64_t *state, size_t *out_length) {
    char *bytes = malloc(4 * length + 1024);
    memcpy(bytes, text, length);
    int changes = 1 + (int)below(state, 4);
    for (int i = 0; i < changes && length > 4; i++) {
        Token one = tokens->list.at[below(state, (uint32_t)tokens->list.count - 1)];
        Token two = tokens->list.at[below(state, (uint32_t)tokens->list.count - 1)];
        size_t at = below(state, (uint32_t)length), size = one.end - one.begin, other = two.end - two.begin;
        switch (below(state, 6)) {
        case 0: bytes[at] = (char)(1 + below(state, 255)); break;
        case 1: memmove(bytes + at, bytes + at + 1, length - at - 1); length--; break;
        case 2: /* delete a token */
            if (one.end > length) break;
            memmove(bytes + one.begin, bytes + one.end, length - one.end);
            length -= size;
            break;
        case 3: /* double a token */
            if (one.end > length) break;
            memmove(bytes + one.end + size, bytes + one.end, length - one.end);
            memmove(bytes + one.end, bytes + one.begin, size);
            length += size;
            break;
        case 4: /* put one token in front of another */
            if (one.begin > length) break;
            memmove(bytes + one.begin + other, bytes + one.begin, length - one.begin);
            memcpy(bytes + one.begin, text + two.begin, other);
            length += other;
            break;
        default: length = at + 1; break; /* cut it off */
        }
    }
    *out_length = length;
    return bytes;
}

START_TEST(damaged_sources_are_read_to_the_end) {
    uint64_t state = 20240101;
    Corpus corpus = corpus_find();
    for (int i = 0; i < MUTATIONS; i++) {
        Read read = read_file(corpus.paths[below(&state, (uint32_t)corpus.count)]);
        const Source *source = &read.c->sources.list.at[0];
        Tokens tokens = tokens_read(read.c, 0);
        size_t length;
        char *text = mutate(source->text, source->length, &tokens, &state, &length);
        check_text(text, length);
        free(text);
        read_free(&read);
    }
    corpus_free(&corpus);
}
END_TEST

START_TEST(every_pair_of_words_is_read_to_the_end) {
    static const char *const pieces[] = {"(", ")", "[", "]", "{", "}", "'", "=", "..", "->", ";", "\n", ",", ":", "3", "x",
                                         "80%", "\"s\"", "@", "|", "-", "*", "if", "else", "for", "not", "table t {"};
    enum { COUNT = (int)(sizeof pieces / sizeof *pieces) };
    const char *const *heads, *const *clauses;
    int words = token_keywords(true, &heads);
    token_keywords(false, &clauses);
    char text[256];
    for (int i = 0; i < words; i++) {
        for (int k = 0; k < COUNT; k++) {
            for (int form = 0; form < 2; form++) {
                const char *word = heads[i][0] ? heads[i] : clauses[i];
                int length = snprintf(text, sizeof text, form ? "x = a %s %s b" : "%s %s", word, pieces[k]);
                check_text(text, (size_t)length);
                length = snprintf(text, sizeof text, form ? "neuron A { %s x %s" : "%s x %s 3 }", word, pieces[k]);
                check_text(text, (size_t)length);
            }
        }
    }
}
END_TEST

START_TEST(random_bytes_are_read_to_the_end) {
    uint64_t state = 7;
    for (int i = 0; i < 200; i++) {
        char text[400];
        size_t length = 1 + below(&state, sizeof text - 1);
        for (size_t k = 0; k < length; k++) text[k] = (char)(1 + below(&state, 255));
        check_text(text, length);
    }
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(120),
        TEST(damaged_sources_are_read_to_the_end),
        TEST(every_pair_of_words_is_read_to_the_end),
        TEST(random_bytes_are_read_to_the_end),
    };
    return SUITE_RUN("syntax mutation", rows);
}
