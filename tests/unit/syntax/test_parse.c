/* What is read as what: small sources against their trees, larger ones against their goldens. */
#include "reading.h"

#include "parser.tab.h"
#include "syntax/token.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Case {
    const char *source, *tree; /* the tree on one line, without (file …) around it */
} Case;

/* Numbers stand for themselves here: "(number 3)" is written 3, "(name x)" is written x. */
static const Case cases[] = {
    {"import neurons.LIF", "(import neurons.LIF)"},
    {"import \"my/file.hil\"", "(import \"my/file.hil\")"},
    /* names, numbers, units */
    {"x = 20 ms", "(assign = x x (quantity 20 (unit (factor 1 ms))))"},
    {"x = 1000 um^2", "(assign = x x (quantity 1000 (unit (factor 2 um))))"},
    {"x = 3 s^-1", "(assign = x x (quantity 3 (unit (factor -1 s))))"},
    {"x = 120 mS/cm^2", "(assign = x x (binary / (quantity 120 (unit (factor 1 mS))) (binary ^ cm 2)))"},
    {"x = 0.1/ms", "(assign = x x (binary / 0.1 ms))"},
    {"x = a/(0.3 m/s)", "(assign = x x (binary / a (binary / (quantity 0.3 (unit (factor 1 m))) s)))"},
    {"x = -2 mV", "(assign = x x (unary - (quantity 2 (unit (factor 1 mV)))))"},
    {"x = 2 mV*3", "(assign = x x (binary * (quantity 2 (unit (factor 1 mV))) 3))"},
    {"x = 80%", "(assign = x x (percent 80))"},
    {"x = [30, 10] nS", "(assign = x x (scaled (list 30 10) (unit (factor 1 nS))))"},
    {"x = y as mS/cm^2", "(assign = x x (cast y (unit (factor 1 mS) (factor -2 cm))))"},
    {"x = (y as mV) + 1", "(assign = x x (binary + (cast y (unit (factor 1 mV))) 1))"},
    {"param g : /ms", "(param g - (unit (factor -1 ms)))"},
    {"param g : mol/(m^2*s)", "(param g - (unit (factor 1 mol) (factor -2 m) (factor -1 s)))"},
    {"param g : 1 = 2", "(param g - (unit) 2)"},
    /* keywords are names where no statement or clause starts */
    {"rate = 3; step += 1; input.x = 2", "(assign = rate rate 3) (assign += step step 1) (assign = (field x input) 2)"},
    {"param param = 1", "(param param - - 1)"},
    {"state every : mV = to", "(state every - (unit (factor 1 mV)) to)"},
    {"run step step data", "(run step data)"},
    {"report step(3), in, of", "(report (call step step 3) in of)"},
    {"data' = -data/tau", "(equation 1 data data - (binary / (unary - data) tau))"},
    {"x = at if on else by", "(assign = x x (conditional at on by))"},
    {"record[3] = 4", "(assign = (index record 3) 4)"},
    {"schedule step(3)", "(setting schedule (call step step 3))"},
    {"x = log(y)", "(assign = x x (call log log y))"},
    /* arithmetic */
    {"x = a + b*c^d", "(assign = x x (binary + a (binary * b (binary ^ c d))))"},
    {"x = -a^2", "(assign = x x (unary - (binary ^ a 2)))"},
    {"x = a^b^c", "(assign = x x (binary ^ a (binary ^ b c)))"},
    {"x = a - b - c", "(assign = x x (binary - (binary - a b) c))"},
    {"x = 2*q + b mod 3", "(assign = x x (binary + (binary * 2 q) (binary mod b 3)))"},
    {"x = not a in b or c and d", "(assign = x x (binary or (unary not (binary in a b)) (binary and c d)))"},
    {"x = a < b < c", "(assign = x x (binary and (binary < a b) (binary < b c)))"},
    {"x = a < b <= c < d",
     "(assign = x x (binary and (binary and (binary < a b) (binary <= b c)) (binary < c d)))"},
    {"x = (a < b) == c", "(assign = x x (binary == (binary < a b) c))"},
    {"x = a < b and c < d", "(assign = x x (binary and (binary < a b) (binary < c d)))"},
    {"x = a if b else c if d else e", "(assign = x x (conditional a b (conditional c d e)))"},
    {"x = 0..4", "(assign = x x (range 0 4))"},
    {"x = 1 .. 2 steps 20", "(assign = x x (range 1 1 2 20))"},
    {"x = 1 .. n - 1 by 2", "(assign = x x (range 2 1 (binary - n 1) 2))"},
    /* signals */
    {"x = rate of E in 5 .. 30", "(assign = x x (binary in (of rate E) (range 5 30)))"},
    {"x = max(v from 1) - v at 9", "(assign = x x (binary - (call max max (window v 1)) (at v 9)))"},
    {"x = f(spikes of PM from 1 to 2, gap = 3)",
     "(assign = x x (call f f (window (of spikes PM) 1 2) (argument gap 3)))"},
    {"expect r within 0.05 ms of p.first", "(expect (within r (quantity 0.05 (unit (factor 1 ms))) (field first p)))"},
    {"site hot = apical where d nearest 6", "(site hot (where apical (nearest d 6)))"},
    /* binders */
    {"x = sum(k in branch: w[k]*k.y)",
     "(assign = x x (call sum sum (comprehension (binary * (index w k) (field y k)) (binder k branch))))"},
    {"x = fold(q = 0, b in w: q + b)",
     "(assign = x x (call fold fold (argument q 0) (comprehension (binary + q b) (binder b w))))"},
    {"x = max(t: out.y)", "(assign = x x (call max max (comprehension (field y out) (binder t))))"},
    {"x = sum(i in a, j in b: i)", "(assign = x x (call sum sum (comprehension i (binder i a) (binder j b))))"},
    {"x = [k^2 for k in 0..3]", "(assign = x x (comprehension 1 (binary ^ k 2) (binder k (range 0 3))))"},
    {"x = (a, b)", "(assign = x x (tuple a b))"},
    {"x = s.0 + soma.0.5", "(assign = x x (binary + (field 0 s) (field 0.5 soma)))"},
    {"x = E[*]", "(assign = x x (index E (all)))"},
    /* line ends */
    {"x = a +\n b\ny = 1", "(assign = x x (binary + a b)) (assign = y y 1)"},
    {"x = f(a,\n\n b\n)", "(assign = x x (call f f a b))"},
    {"x = 3 if a\n else 4", "(assign = x x (conditional 3 a 4))"},
    {"if a { b = 1 }\nelse { c = 2 }", "(if a (block (assign = b b 1)) (block (assign = c c 2)))"},
    {"a = 1;; b = 2;\n", "(assign = a a 1) (assign = b b 2)"},
    {"", ""},
    {"# only a comment", ""},
    {"\xEF\xBB\xBFx = 1\r\ny = 2\r\n", "(assign = x x 1) (assign = y y 2)"},
    /* equations and events */
    {"C*V' = I", "(equation 1 V V C I)"},
    {"tau[k]/2*x[k]'' = 1", "(equation 2 (index x k) (binary / (index tau k) 2) 1)"},
    {"1 ms*u' = v", "(equation 1 u u (quantity 1 (unit (factor 1 ms))) v)"},
    {"spike exact when V rises above 0 mV", "(spike 1 (crossing V (quantity 0 (unit (factor 1 mV)))))"},
    {"spike when V > 0 surrogate s(25) refractory 2", "(spike (binary > V 0) 2 (call s s 25))"},
    {"on branch.up { x = 1 }", "(on (field up branch) - (block (assign = x x 1)))"},
    {"replace on post priority 2 { }", "(on 1 post post 2 (block))"},
    {"refractory t { V, w }", "(refractory t V w)"},
    {"refractory t { }", "(refractory t)"},
    {"trace x (tau, on pre)", "(trace x tau pre)"},
    {"bound weight in 0 .. w_max", "(bound weight (range 0 w_max))"},
    {"gate m^3 { alpha = a }", "(gate 3 m (block (assign = alpha alpha a)))"},
    {"c <-> o (a, b)", "(reaction (list c) (list o) a b)"},
    {"ca + B -> CaB (k)", "(reaction 1 (list ca B) (list CaB) k)"},
    {"solve V with euler(n = 2), then u with rk4",
     "(solve (solve-step (list V) (call euler euler (argument n 2))) (solve-step (list u) rk4))"},
    {"solve all together", "(solve (solve-step 1 (list all)))"},
    /* cells and networks */
    {"insert A, B in soma", "(insert (list A B) (list soma))"},
    {"insert A at dend(0.9)", "(insert (list A) - (call dend dend 0.9))"},
    {"morphology { s cylinder(d = 2 -> 1) }",
     "(morphology (block (section s - - (call cylinder cylinder (argument d (taper 2 1))))))"},
    {"compartments { a(s = p), b; a -- b : g }",
     "(compartments - (call a a (argument s p)) b (link a b g))"},
    {"population L.t[n] : LIF", "(population (field t L) (list n) LIF)"},
    {"population h[a][b] : U, g : W", "(population h h (list a b) U) (population g g - W)"},
    {"connect EE: A -> B, C dense via X + Y(1)",
     "(connect EE (list A) (list B C) dense (list X (call Y Y 1)) - EE)"},
    {"drive E with spikes at 0 every 2 via A", "(drive (list E) (at spikes 0) 2 - - (list A))"},
    {"rewire every 3 { pre.a, post.b }", "(rewire 3 (field a pre) (field b post))"},
    {"table p[to][from] = \"c.csv\"", "(table p (list to from) (string \"c.csv\"))"},
    {"table t { a b[mV] | L.g\n r -2 -\n s 3 [1 -2] }",
     "(table t - - (list (column a) (column b (unit (factor 1 mV))) (column 1 L.g)) (row r -2 (missing)) (row s 3 (list "
     "1 -2)))"},
    /* experiments and training */
    {"experiment e(p : row of naud) on X(p) { }",
     "(definition experiment e (list (formal p (row-of naud))) - (call X X p) (block))"},
    {"measure n = count(EE) every 1, a = b on test", "(measure n - (call count count EE) 1) (measure a - b - test)"},
    {"record V, EE.w of E every 1 from 2 to 3", "(record (list V (field w EE)) (list E) 1 2 3)"},
    {"clamp u of h at 0.5", "(clamp u h 0.5)"},
    {"split 80% train, test where x < 2, rest", "(split (share train (percent 80)) (share test - (binary < x 2)) (share rest))"},
    {"learn g in 1 .. 4 log, V at start, t shared",
     "(learn (learned 1 g (range 1 4)) (learned (at V start)) (learned 2 t))"},
    {"using cma(n = 2) then lbfgs", "(using (call cma cma (argument n 2)) lbfgs)"},
    {"sweep e over a.b = 1 .. 2 steps 3, c = [1] { }",
     "(sweep e (block) (axis-over (field b a) (range 1 1 2 3)) (axis-over c (list 1)))"},
    {"data \"d.npz\" { x = s[sample, time 1 ms, 40] }",
     "(data \"d.npz\" - (block (assign = x x (index s sample (axis time (quantity 1 (unit (factor 1 ms)))) 40))))"},
};

/* One line, single spaces, (name x) as x and (number n) as n. */
static char *simplified(const char *dump) {
    char *text = calloc(strlen(dump) + 1, 1), *to = text;
    for (const char *at = dump; *at;) {
        bool name = strncmp(at, "(name ", 6) == 0, number = strncmp(at, "(number ", 8) == 0;
        if (name || number) {
            at += name ? 6 : 8;
            while (*at != ')') *to++ = *at++;
            at++;
        } else if (*at == '\n') {
            *to++ = ' ';
            while (*at == '\n' || *at == ' ') at++;
        } else {
            *to++ = *at++;
        }
    }
    while (to > text && to[-1] == ' ') *--to = 0;
    return text;
}

START_TEST(sources_are_read_as_their_trees) {
    const Case *expected = &cases[_i];
    Read read = read_text(expected->source, strlen(expected->source));
    char *report = read_report(&read), *dump = read_dump(&read), *tree = simplified(dump);
    ck_assert_msg(*report == 0, "%s\n%s", expected->source, report);
    char whole[2048];
    snprintf(whole, sizeof whole, "(file%s%s)", expected->tree[0] ? " " : "", expected->tree);
    ck_assert_str_eq(tree, whole);
    free(tree);
    free(dump);
    free(report);
    read_free(&read);
}
END_TEST

START_TEST(the_corpus_is_read_without_errors_as_its_goldens_say) {
    Corpus corpus = corpus_find();
    ck_assert_int_ge(corpus.count, 25);
    for (int i = 0; i < corpus.count; i++) {
        Read read = read_file(corpus.paths[i]);
        char *report = read_report(&read), *dump = read_dump(&read);
        ck_assert_msg(*report == 0, "%s", report);
        size_t stem = strlen(corpus.paths[i]) - 4;
        char golden[4096];
        snprintf(golden, sizeof golden, "%.*s.syntax", (int)stem, corpus.paths[i]);
        int number = sources_read(&read.c->sources, golden);
        ck_assert_msg(number >= 0, "no golden %s", golden);
        ck_assert_msg(strcmp(read.c->sources.list.at[number].text, dump) == 0, "%s differs from its golden", golden);
        free(dump);
        free(report);
        read_free(&read);
    }
    corpus_free(&corpus);
}
END_TEST

START_TEST(documentation_finds_its_declaration) {
    static const char text[] = "## A file.\n\n## A neuron,\n## in two lines.\nneuron N {   ## not this\n"
                               "    param a = 1, b = 2 ## both\n    # no doc\n    ## above c\n    state c = 3\n"
                               "    spike when c > 1 { ## fires\n        c = 0\n    }\n}\nnetwork M { } ## one line\n";
    Read read = read_text(text, sizeof text - 1);
    const Ast *neuron = read.file->kids[0], *body = neuron->kids[3];
    ck_assert_str_eq(read.file->doc, "A file.");
    ck_assert_str_eq(neuron->doc, "A neuron,\nin two lines.\nnot this");
    ck_assert_str_eq(body->kids[0]->doc, "both");
    ck_assert_str_eq(body->kids[1]->doc, "both");
    ck_assert_str_eq(body->kids[2]->doc, "above c");
    ck_assert_str_eq(body->kids[3]->doc, "fires");
    ck_assert_ptr_null(body->kids[3]->kids[4]->kids[0]->doc);
    ck_assert_str_eq(read.file->kids[1]->doc, "one line");
    read_free(&read);
}
END_TEST

/* Spans nest, lie in the source, and names stand where name_span says. */
static void check_spans(const Read *read, const Ast *node, Span outer) {
    const char *text = read->c->sources.list.at[read->source].text;
    ck_assert_int_eq(node->span.source, read->source);
    ck_assert(node->span.begin >= outer.begin && node->span.end <= outer.end && node->span.begin <= node->span.end);
    if (node->name) {
        size_t length = node->name_span.end - node->name_span.begin;
        ck_assert_uint_eq(length, strlen(node->name));
        ck_assert(memcmp(text + node->name_span.begin, node->name, length) == 0);
    }
    int highest = 0;
    for (int i = 0; i < node->count; i++) {
        if (!node->kids[i]) continue;
        check_spans(read, node->kids[i], node->span);
        if (node->kids[i]->height > highest) highest = node->kids[i]->height;
    }
    ck_assert_int_eq(node->height, highest + 1);
}

START_TEST(spans_nest_and_names_stand_where_they_say) {
    Corpus corpus = corpus_find();
    for (int i = 0; i < corpus.count; i++) {
        Read read = read_file(corpus.paths[i]);
        check_spans(&read, read.file, read.file->span);
        read_free(&read);
    }
    corpus_free(&corpus);
}
END_TEST

START_TEST(numbers_keep_their_digits) {
    static const char text[] = "x = 0.10; y = 1e-4 cm";
    Read read = read_text(text, sizeof text - 1);
    const Ast *first = read.file->kids[0]->kids[1], *second = read.file->kids[1]->kids[1];
    ck_assert_str_eq(first->text, "0.10");
    ck_assert(first->number == 0.1);
    ck_assert_str_eq(second->text, "1e-4");
    ck_assert(second->number == 1e-4);
    read_free(&read);
}
END_TEST

START_TEST(the_table_of_words_is_sorted_and_whole) {
    const char *const *words;
    for (int statements = 0; statements < 2; statements++) {
        int count = token_keywords(statements, &words);
        const char *last = "";
        for (int i = 0; i < count; i++) {
            if (!words[i][0]) continue;
            ck_assert_msg(strcmp(last, words[i]) < 0, "%s is out of order", words[i]);
            last = words[i];
        }
    }
    /* A keyword that is not found would be read as a setting: each head opens a statement that is no setting. */
    ck_assert_str_eq(token_keyword_text(TOKEN_COMPARTMENTS), "compartments");
    ck_assert_ptr_null(token_keyword_text(TOKEN_IDENT));
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        LOOP(sources_are_read_as_their_trees, ROWS(cases)),
        TEST(the_corpus_is_read_without_errors_as_its_goldens_say),
        TEST(documentation_finds_its_declaration),
        TEST(spans_nest_and_names_stand_where_they_say),
        TEST(numbers_keep_their_digits),
        TEST(the_table_of_words_is_sorted_and_whole),
    };
    return SUITE_RUN("syntax parse", rows);
}
