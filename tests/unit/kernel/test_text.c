/* Kernels keep their meaning through text: print and parse undo each other, faults are told with their line, sound
 * kernels pass kernel_verify and each kind of broken one is refused for its own reason. */
#include "generate.h"
#include "kernels.h"
#include "suite.h"

#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int shapes[] = {HIL_SHAPE_LANES, HIL_SHAPE_LIST, HIL_SHAPE_ROW, HIL_SHAPE_EDGE, HIL_SHAPE_FROM};

START_TEST(print_and_parse_undo_each_other) {
    for (uint64_t seed = 0; seed < 40; seed++) {
        Compilation *c = compilation_new(".");
        Kernel *kernel = kernel_generate_in(c->arena, c->names, seed, shapes[_i], (int)(seed & 1));
        ck_assert_msg(kernel_verify(c, kernel), "%s", last_message(c));
        char *text = printed_kernel(kernel);
        Kernel *again = read_kernel(c, text);
        ck_assert(kernel_equal(kernel, again));
        ck_assert(kernel_hash(kernel) == kernel_hash(again));
        ck_assert_str_eq(kernel->name, again->name);
        char *again_text = printed_kernel(again);
        ck_assert_str_eq(text, again_text);
        free(again_text);
        free(text);
        compilation_free(c);
    }
}
END_TEST

START_TEST(names_and_numbers_survive_whatever_is_in_them) {
    Compilation *c = compilation_new(".");
    Kernel *kernel = kernel_new(c->arena, name_of(c->names, "a \"b\"\\\n\t1"), HIL_SHAPE_EDGE, HIL_F64);
    static const char *const odd[] = {"pre", "pre:V", "", "7", "V.m µ", "kernel", "\x01\x7f#{}"};
    for (int i = 0; i < 7; i++) {
        kernel_plane(c->arena, kernel, name_of(c->names, odd[i]), KERNEL_SELF, HIL_F32);
        kernel_plane(c->arena, kernel, name_of(c->names, odd[i]), KERNEL_PRE, HIL_F64);
        kernel_uniform_slot(c->arena, kernel, name_of(c->names, odd[i]));
        kernel_event(c->arena, kernel, name_of(c->names, odd[i]));
    }
    for (int i = 0; i < kernel->planes.count; i++) kernel_load(c->arena, kernel, i);
    for (int i = 0; i < kernel->uniforms.count; i++) kernel_uniform(c->arena, kernel, i);
    static const double numbers[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, 0x1p-1074, 1.7976931348623157e308, 0.1};
    for (int i = 0; i < 9; i++) kernel_constant(c->arena, kernel, numbers[i]);
    uint64_t bits = 0xfff0000000000123u;
    double signalling;
    memcpy(&signalling, &bits, sizeof bits);
    kernel_constant(c->arena, kernel, signalling);
    char *text = printed_kernel(kernel);
    Kernel *again = read_kernel(c, text);
    ck_assert(kernel_equal(kernel, again));
    ck_assert_str_eq(kernel->name, again->name);
    free(text);
    compilation_free(c);
}
END_TEST

START_TEST(equality_ignores_names_and_spans_but_nothing_else) {
    Compilation *c = compilation_new(".");
    for (int change = 0; change < 6; change++) {
        Kernel *a = kernel_generate_in(c->arena, c->names, 3, HIL_SHAPE_ROW, HIL_F64);
        Kernel *b = kernel_generate_in(c->arena, c->names, 3, HIL_SHAPE_ROW, HIL_F64);
        b->name = name_of(c->names, "another");
        b->code.at[0].span = (Span){0, 3, 4};
        ck_assert(kernel_equal(a, b) && kernel_hash(a) == kernel_hash(b));
        switch (change) {
        case 0: b->shape = HIL_SHAPE_EDGE; break;
        case 1: b->precision = HIL_F32; break;
        case 2: b->planes.at[1].storage ^= 1; break;
        case 3: b->uniforms.at[0] = name_of(c->names, "other"); break;
        case 4: b->code.at[1].number = -0.75; break;
        case 5: vector_last(&b->code).operands[0] = 0; break;
        }
        ck_assert_msg(!kernel_equal(a, b) && kernel_hash(a) != kernel_hash(b), "change %d", change);
        bool names_alone = change == 3;
        ck_assert_msg(kernel_alike(a, b) == names_alone, "change %d", change);
        ck_assert_msg((kernel_alike_hash(a) == kernel_alike_hash(b)) == names_alone, "change %d", change);
    }
    compilation_free(c);
}
END_TEST

/* A fault in the text: the message names the line and says what is wrong. */
static const struct {
    const char *text, *line, *message;
} faults[] = {
    {"", "line 1", "a kernel is missing"},
    {"\n\nkernle k lanes f64 {\n}\n", "line 3", "'kernle'"},
    {"kernel k lans f64 {\n}\n", "line 1", "there is no shape 'lans'"},
    {"kernel k lanes f16 {\n}\n", "line 1", "'f16'"},
    {"kernel k lanes f64\n}\n", "line 1", "'{' is missing"},
    {"kernel k lanes f64 {\n", "line 2", "'}' is missing"},
    {"kernel k lanes f64 {\n}\nx\n", "line 3", "behind the kernel's end"},
    {"kernel k lanes f64 {\n  plane V middle f64\n}\n", "line 2", "there is no index 'middle'"},
    {"kernel k lanes f64 {\n  uniform x\n}\n", "line 2", "in quotes"},
    {"kernel k lanes f64 {\n  uniform \"x\n}\n", "line 2", "quotes are not closed"},
    {"kernel k lanes f64 {\n  uniform \"\\q\"\n}\n", "line 2", "known in quotes"},
    {"kernel k lanes f64 {\n  %1 = time\n}\n", "line 2", "this is instruction %0"},
    {"kernel k lanes f64 {\n  %0 = tiem\n}\n", "line 2", "there is no op 'tiem'"},
    {"kernel k lanes f64 {\n  time\n}\n", "line 2", "gives a value"},
    {"kernel k lanes f64 {\n  %0 = loop 3\n}\n", "line 2", "gives no value"},
    {"kernel k lanes f64 {\n  %0 = load V\n}\n", "line 2", "there is no plane V"},
    {"kernel k lanes f64 {\n  %0 = uniform \"V\"\n}\n", "line 2", "there is no uniform V"},
    {"kernel k lanes f64 {\n  %0 = true\n  fire f %0\n}\n", "line 3", "there is no event f"},
    {"kernel k lanes f64 {\n  %0 = const one\n}\n", "line 2", "a number is missing"},
    {"kernel k lanes f64 {\n  %0 = const 0x1p+5000\n}\n", "line 2", "too large"},
    {"kernel k lanes f64 {\n  %0 = const nan(0x3ff0000000000000)\n}\n", "line 2", "not the bits of a nan"},
    {"kernel k lanes f64 {\n  %0 = random0\n}\n", "line 2", "a whole number is missing"},
    {"kernel k lanes f64 {\n  %0 = random0 99999999999\n}\n", "line 2", "too large"},
    {"kernel k lanes f64 {\n  %0 = time\n  %1 = neg\n}\n", "line 3", "an operand"},
    {"kernel k lanes f64 {\n  %0 = time\n  %1 = neg %\n}\n", "line 3", "right behind it"},
    {"kernel k lanes f64 {\n  %0 = time 3\n}\n", "line 2", "where the line should end"},
    {"kernel k row f64 {\n  plane V pre f64\n  plane V post f64\n  %0 = load V\n}\n", "line 4", "several indices"},
};

START_TEST(malformed_text_is_refused_with_its_line) {
    Compilation *c = compilation_new(".");
    ck_assert(kernel_parse(c, faults[_i].text, strlen(faults[_i].text)) == NULL);
    ck_assert_msg(strstr(last_message(c), faults[_i].line) != NULL, "%s", last_message(c));
    ck_assert_msg(strstr(last_message(c), faults[_i].message) != NULL, "%s", last_message(c));
    compilation_free(c);
}
END_TEST

START_TEST(parser_survives_cut_and_damaged_text) {
    Compilation *c = compilation_new(".");
    Kernel *kernel = kernel_generate_in(c->arena, c->names, 11, HIL_SHAPE_FROM, HIL_F32);
    char *text = printed_kernel(kernel);
    size_t length = strlen(text);
    for (size_t cut = 0; cut + 2 < length; cut += 7) ck_assert(kernel_parse(c, text, cut) == NULL);
    for (size_t at = 0; at < length; at += 13) {
        char kept = text[at];
        text[at] = (char)(kept ^ (1 << (at % 8)));
        Kernel *again = kernel_parse(c, text, length);
        if (again) ck_assert(kernel_verify(c, again));
        text[at] = kept;
    }
    free(text);
    compilation_free(c);
}
END_TEST

/* Text that parses but breaks a promise of kernel.h: kernel_verify's reason. */
#define HEAD(shape) "kernel k " shape " f64 {\n  plane V self f64\n  plane W self f64\n  event e\n  event f\n  "
#define SIDED(shape)                                                                                                 \
    "kernel k " shape " f64 {\n  plane V self f64\n  plane A pre f64\n  plane B post f64\n  event e\n  "
static const struct {
    const char *text, *message;
} broken[] = {
    {HEAD("lanes") "%0 = neg %1\n  %1 = time\n}", "no earlier instruction"},
    {HEAD("lanes") "%0 = neg %0\n}", "no earlier instruction"},
    {HEAD("lanes") "%0 = true\n  %1 = neg %0\n}", "is a mask where a real is wanted"},
    {HEAD("lanes") "%0 = time\n  %1 = not %0\n}", "is a real where a mask is wanted"},
    {HEAD("lanes") "%0 = time\n  store V %0\n  %2 = neg %1\n}", "is nothing where a real is wanted"},
    {HEAD("lanes") "%0 = time\n  store V %0\n  store V %0\n}", "written twice"},
    {HEAD("row") "%0 = time\n  store V %0\n  accumulate V %0\n}", "written twice"},
    {HEAD("lanes") "%0 = true\n  fire e %0\n  fire e %0\n}", "fired twice"},
    {HEAD("edge") "%0 = true\n  fire e %0\n}", "synapses have no events"},
    {HEAD("row") "%0 = true\n  fire e %0\n}", "synapses have no events"},
    {HEAD("lanes") "%0 = pre_index\n}", "only self"},
    {HEAD("list") "%0 = post_index\n}", "only self"},
    {SIDED("lanes") "%0 = load A\n}", "has only self"},
    {SIDED("edge") "%0 = time\n  store B %0\n}", "shared by the lanes"},
    {SIDED("edge") "%0 = time\n  store A %0\n}", "shared by the lanes"},
    {SIDED("from") "%0 = time\n  store A %0\n}", "shared by the lanes"},
    {SIDED("edge") "%0 = load B\n  accumulate B %0\n}", "both loaded and accumulated"},
    {SIDED("from") "%0 = time\n  accumulate A %0\n  %2 = load A\n}", "both loaded and accumulated"},
    {HEAD("lanes") "loop 0\n  %1 = true\n  end %1\n}", "at least one round"},
    {HEAD("lanes") "%0 = true\n  loop 2\n}", "the loop has no end"},
    {HEAD("lanes") "%0 = true\n  end %0\n}", "no loop is open"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = neg %0\n  %3 = carry %0\n}", "directly follow its loop"},
    {HEAD("lanes") "%0 = time\n  %1 = carry %0\n}", "directly follow its loop"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  %3 = carry %2\n}", "from before the loop"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  %3 = true\n  end %3\n}", "has no next"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  next %2 %0\n  next %2 %0\n}", "a next already"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  next %0 %0\n}", "no earlier carry"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  loop 2\n  next %2 %0\n}", "belongs to another loop"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  %2 = carry %0\n  %3 = result %2\n}", "has not ended"},
    {HEAD("lanes") "%0 = time\n  %1 = true\n  loop 2\n  %3 = carry %0\n  next %3 %0\n  end %1\n  %6 = neg %3\n}",
     "inside a loop that has ended"},
    {HEAD("lanes") "%0 = time\n  %1 = true\n  loop 2\n  loop 2\n  %4 = carry %0\n  next %4 %0\n  end %1\n  end %1\n"
                   "  %8 = result %4\n}", "the loop around that of carry"},
    {HEAD("lanes") "%0 = time\n  loop 2\n  store V %0\n}", "inside a loop"},
    {"kernel k lanes f64 {\n  plane V self f64\n  plane V self f32\n}", "listed twice"},
    {"kernel k lanes f64 {\n  uniform \"V\"\n  uniform \"V\"\n}", "listed twice"},
    {"kernel k lanes f64 {\n  event e\n  event e\n}", "listed twice"},
};

START_TEST(each_kind_of_broken_kernel_is_refused) {
    Compilation *c = compilation_new(".");
    ck_assert_msg(kernel_parse(c, broken[_i].text, strlen(broken[_i].text)) == NULL, "%s", broken[_i].text);
    ck_assert_msg(strstr(last_message(c), broken[_i].message) != NULL, "%s\n%s", last_message(c), broken[_i].text);
    compilation_free(c);
}
END_TEST

/* What text cannot say: fields that only a faulty builder can get wrong. */
START_TEST(fields_out_of_range_are_refused) {
    Compilation *c = compilation_new(".");
    static const char *const reasons[] = {"no shape", "no precision", "no storage", "no index", "no op", "no plane",
                                          "no uniform", "no event", "but the op has none", "takes none", "no name",
                                          "no number"};
    Kernel *kernel = kernel_new(c->arena, name_of(c->names, "k"), HIL_SHAPE_LANES, HIL_F64);
    kernel_plane(c->arena, kernel, name_of(c->names, "V"), KERNEL_SELF, HIL_F64);
    int value = kernel_load(c->arena, kernel, 0);
    KernelInstruction *first = &kernel->code.at[value];
    ck_assert(kernel_verify(c, kernel));
    switch (_i) {
    case 0: kernel->shape = 5; break;
    case 1: kernel->precision = 2; break;
    case 2: kernel->planes.at[0].storage = -1; break;
    case 3: kernel->planes.at[0].index = (KernelIndex)3; break;
    case 4: first->op = KERNEL_OP_COUNT; break;
    case 5: first->index = 1; break;
    case 6: kernel_uniform(c->arena, kernel, 0); break;
    case 7: {
        int mask = kernel_emit(c->arena, kernel, KERNEL_TRUE, -1, -1, -1);
        kernel_emit_index(c->arena, kernel, KERNEL_FIRE, -1, mask, -1);
        break;
    }
    case 8: first->operands[1] = 0; break;
    case 9: first->number = 2; break;
    case 10: kernel->planes.at[0].name = NULL; break;
    case 11: kernel_emit_index(c->arena, kernel, KERNEL_RANDOM0, -5, -1, -1); break;
    }
    char *text = printed_kernel(kernel); /* a faulty kernel can still be shown */
    ck_assert_uint_gt(strlen(text), 0);
    free(text);
    ck_assert(!kernel_verify(c, kernel));
    ck_assert_msg(strstr(last_message(c), reasons[_i]) != NULL, "%s", last_message(c));
    compilation_free(c);
}
END_TEST

/* The kernels kept as text: each is sound, and printing what was read reads the same. */
START_TEST(kernels_in_files_are_sound) {
    glob_t files;
    ck_assert_int_eq(glob("tests/kernel/*.kernel", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        Compilation *c = compilation_new(".");
        int source = sources_read(&c->sources, files.gl_pathv[i]);
        ck_assert_int_ge(source, 0);
        const char *file = c->sources.list.at[source].text;
        char *text = printed_kernel(read_kernel(c, file));
        const char *body = strstr(file, "\nkernel ") ? strstr(file, "\nkernel ") + 1 : file; /* behind comments */
        ck_assert_str_eq(body, text);
        free(text);
        compilation_free(c);
    }
    globfree(&files);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        LOOP(print_and_parse_undo_each_other, 5),
        TEST(names_and_numbers_survive_whatever_is_in_them),
        TEST(equality_ignores_names_and_spans_but_nothing_else),
        LOOP(malformed_text_is_refused_with_its_line, ROWS(faults)),
        TEST(parser_survives_cut_and_damaged_text),
        LOOP(each_kind_of_broken_kernel_is_refused, ROWS(broken)),
        TEST(kernels_in_files_are_sound),
        LOOP(fields_out_of_range_are_refused, 12),
    };
    return SUITE_RUN("kernel text", rows);
}
