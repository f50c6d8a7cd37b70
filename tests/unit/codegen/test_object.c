/* Object files: they link with plain C through the system's compiler and run; their line tables name the model's lines;
 * every target has its levels; what cannot be made is refused and leaves no file behind. */
#include "../kernel/kernels.h"
#include "codegen/codegen.h"
#include "folder.h"
#include "printed.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char kernel_text[] = "kernel twice lanes f64 {\n"
                                  "  plane x self f64\n"
                                  "  event large\n"
                                  "  %0 = load x\n"
                                  "  %1 = add %0 %0\n"
                                  "  store x %1\n"
                                  "  %3 = const 100\n"
                                  "  %4 = lt %3 %1\n"
                                  "  fire large %4\n"
                                  "}\n";

static const char main_text[] =
    "#include \"hillock/abi.h\"\n"
    "#include <stdio.h>\n"
    "extern const char hil_image[];\n"
    "extern const uint64_t hil_image_bytes;\n"
    "extern HilKernelFunction *const hil_kernel_functions[];\n"
    "_Alignas(64) static double x[HIL_PAD];\n"
    "int main(void) {\n"
    "    for (int i = 0; i < HIL_PAD; i++) x[i] = 10 * i;\n"
    "    void *planes[] = {x};\n"
    "    uint32_t lanes[HIL_PAD];\n"
    "    HilFired fired = {lanes, 0, 0};\n"
    "    HilCall call = {.planes = planes, .end = 8, .fired = &fired};\n"
    "    hil_kernel_functions[KERNEL * HIL_LEVEL_COUNT + HIL_LEVEL_BASE](&call);\n"
    "    printf(\"%s %d %d %g %d %u\\n\", hil_image, (int)hil_image_bytes, (int)((uintptr_t)hil_image % 64), x[7],\n"
    "           (int)fired.count, lanes[0]);\n"
    "    return 0;\n"
    "}\n";

static Folder folder;
static Compilation *compilation;
static Kernel *kernel;
static CodegenInput input;
static HilError error;
static char path[512], text[65536];

static void open_folder(void) {
    folder = folder_make();
    compilation = compilation_new(NULL);
    kernel = read_kernel(compilation, kernel_text);
    input = (CodegenInput){.kernels = &kernel, .count = 1, .image = "an image", .image_bytes = 9,
                           .module_name = "twice.hil", .sources = &compilation->sources, .optimization = 2};
}

static void close_folder(void) {
    folder_remove(&folder);
    compilation_free(compilation);
}

static const char *path_in(const char *name) { return folder_path(&folder, name, path); }

/* What a command prints is in `text`; %s in `format` is the folder. */
static void run(const char *format) {
    char command[2048];
    snprintf(command, sizeof command, format, folder.path, folder.path, folder.path);
    FILE *pipe = popen(command, "r");
    ck_assert(pipe != NULL);
    size_t count = fread(text, 1, sizeof text - 1, pipe);
    text[count] = '\0';
    ck_assert_msg(pclose(pipe) == 0, "%s: %s", command, text);
}

START_TEST(an_object_links_and_runs) {
    ck_assert_msg(codegen_object(&input, path_in("model.o"), &error), "%s", error.text);
    file_write(path_in("main.c"), main_text, sizeof main_text - 1);
    run("cc -DKERNEL=0 -Iruntime/include %s/main.c %s/model.o -lm -o %s/main 2>&1");
    run("%s/main");
    ck_assert_str_eq(text, "an image 9 0 140 2 6\n");
}
END_TEST

/* True when a row of objdump's table says that code stands for this line of the file. */
static bool table_has_line(const char *table, const char *file, int line) {
    char name[128];
    int number;
    for (const char *row = table; row; row = strchr(row, '\n')) {
        row += *row == '\n';
        if (sscanf(row, "%127s %d 0", name, &number) == 2 && strcmp(name, file) == 0 && number == line) return true;
    }
    return false;
}

/* Copies enough of the kernel to be worth a share a processor; all the functions stand in the first object's table. */
START_TEST(several_objects_make_one_model) {
    enum { COPIES = 120, MOST = 4 };
    Kernel *kernels[COPIES];
    for (int i = 0; i < COPIES; i++) kernels[i] = kernel;
    input.kernels = kernels;
    input.count = COPIES;
    char paths[MOST][512];
    const char *where[MOST];
    for (int i = 0; i < MOST; i++) {
        char name[32];
        snprintf(name, sizeof name, "part%d.o", i);
        where[i] = folder_path(&folder, name, paths[i]);
    }
    int count = codegen_objects(&input, where, MOST, &error);
    ck_assert_msg(count >= 1 && count <= MOST, "%s", error.text);
    for (int i = 0; i < MOST; i++) ck_assert_int_eq(access(where[i], F_OK) == 0, i < count);
    file_write(path_in("main.c"), main_text, sizeof main_text - 1);
    run("cc -DKERNEL=119 -Iruntime/include %s/main.c %s/part*.o -lm -o %s/main 2>&1");
    run("%s/main");
    ck_assert_str_eq(text, "an image 9 0 140 2 6\n");
}
END_TEST

START_TEST(line_tables_name_the_models_lines) {
    input.debug_lines = true;
    /* The spans are the kernel's own text; let its last lines come from a file that was imported. */
    sources_add_text(&compilation->sources, "other.hil", kernel_text, strlen(kernel_text));
    compilation->sources.list.at[0].path = "models/twice.hil";
    for (int i = 4; i < kernel->code.count; i++) kernel->code.at[i].span.source = 1;
    ck_assert_msg(codegen_object(&input, path_in("model.o"), &error), "%s", error.text);
    run("objdump --dwarf=decodedline %s/model.o");
    ck_assert_msg(table_has_line(text, "models/twice.hil", 5), "%s", text);  /* %1 = add %0 %0 */
    ck_assert_msg(table_has_line(text, "models/twice.hil", 6), "%s", text);  /* store x %1 */
    ck_assert_msg(table_has_line(text, "other.hil", 9), "%s", text);  /* fire large %4 */
    ck_assert(!table_has_line(text, "models/twice.hil", 9) && !table_has_line(text, "models/twice.hil", 2));
}
END_TEST

START_TEST(without_debug_lines_there_are_none) {
    ck_assert(codegen_object(&input, path_in("model.o"), &error));
    run("objdump -h %s/model.o");
    ck_assert(strstr(text, ".debug_line") == NULL);
}
END_TEST

START_TEST(equal_inputs_give_equal_objects) {
    ck_assert(codegen_object(&input, path_in("first.o"), &error));
    ck_assert(codegen_object(&input, path_in("second.o"), &error));
    run("cmp %s/first.o %s/second.o");
}
END_TEST

START_TEST(an_object_for_aarch64_has_its_one_level) {
    input.target = "aarch64-linux-gnu";
    ck_assert_msg(codegen_object(&input, path_in("model.o"), &error), "%s", error.text);
    unsigned char header[20] = {0};
    FILE *in = fopen(path, "rb");
    ck_assert(fread(header, 1, sizeof header, in) == sizeof header);
    fclose(in);
    ck_assert_int_eq(header[18], 183); /* EM_AARCH64 */
    Printed p;
    ck_assert(codegen_emit_assembly(&input, printed_begin(&p), &error));
    ck_assert(strstr(printed_end(&p), "fadd\tv") != NULL); /* NEON's vectors */
    free(p.text);
    input.levels = 1 << HIL_LEVEL_V3;
    ck_assert(!codegen_object(&input, path, &error));
    ck_assert(strstr(error.text, "level") != NULL);
}
END_TEST

START_TEST(what_cannot_be_made_is_refused) {
    input.target = "vax-dec-ultrix";
    ck_assert(!codegen_object(&input, path_in("model.o"), &error));
    ck_assert(strstr(error.text, "vax") != NULL);
    ck_assert(access(path, F_OK) != 0);

    input.target = NULL;
    error = (HilError){""};
    ck_assert(!codegen_object(&input, path_in("no/such/folder.o"), &error));
    ck_assert(strstr(error.text, "folder.o") != NULL);

    const char raw[] = "kernel raw lanes f64 {\n  plane x self f64\n  %0 = load x\n  %1 = exp %0\n  store x %1\n}\n";
    Kernel *unlowered = read_kernel(compilation, raw);
    input.kernels = &unlowered;
    ck_assert(!codegen_object(&input, path_in("model.o"), &error));
    ck_assert(strstr(error.text, "internal: ") == error.text && strstr(error.text, "exp") != NULL);
    ck_assert(access(path, F_OK) != 0);
}
END_TEST

START_TEST(the_interface_table_reaches_the_same_functions) {
    const CodegenInterface *interface = codegen_interface();
    Printed p;
    ck_assert(interface->emit_ir(&input, printed_begin(&p), &error));
    printed_end(&p);
    ck_assert(strstr(p.text, "@hil_kernel_functions") && strstr(p.text, "@hil_image"));
    free(p.text);
    CodegenProgram *program = interface->jit(&input, &error);
    ck_assert(program != NULL);
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        bool built = interface->functions(program)[level] != NULL;
        ck_assert_int_eq(built, level == interface->host_level());
    }
    interface->free(program);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        FIXTURE(open_folder, close_folder),
        TEST(an_object_links_and_runs),
        TEST(several_objects_make_one_model),
        TEST(line_tables_name_the_models_lines),
        TEST(without_debug_lines_there_are_none),
        TEST(equal_inputs_give_equal_objects),
        TEST(an_object_for_aarch64_has_its_one_level),
        TEST(what_cannot_be_made_is_refused),
        TEST(the_interface_table_reaches_the_same_functions),
    };
    return SUITE_RUN("codegen objects", rows);
}
