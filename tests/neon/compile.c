/* compile KERNELS OBJECT OPTIMIZATION: an AArch64 object of kernels' texts, each ended by a zero byte.
 * Runs where LLVM is, for tests on an emulated machine (codegen_elsewhere.c). Exits with 1 and says why on failure. */
#include "codegen/codegen.h"

#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path, size_t *length) {
    char *text = NULL;
    FILE *in = fopen(path, "r");
    FILE *out = in ? open_memstream(&text, length) : NULL;
    for (int c; out && (c = getc(in)) != EOF;) putc(c, out);
    if (out) fclose(out);
    if (in) fclose(in);
    return text;
}

int main(int argc, char **argv) {
    enum { MOST = 1024 };
    Compilation *c = compilation_new(NULL);
    Kernel *kernels[MOST];
    int count = 0;
    size_t length = 0;
    char *text = argc == 4 ? read_whole(argv[1], &length) : NULL;
    bool good = text != NULL;
    for (size_t at = 0; good && at < length; at += strlen(text + at) + 1) {
        kernels[count] = kernel_parse(c, text + at, strlen(text + at));
        good = kernels[count++] && count < MOST;
    }
    HilError error = {""};
    if (!good)
        diagnostics_print(&c->diagnostics, &c->sources, stderr, false);
    else {
        CodegenInput input = {.kernels = kernels,
                              .count = count,
                              .module_name = "kernels",
                              .image = "",
                              .image_bytes = 1,
                              .optimization = atoi(argv[3]),
                              .target = "aarch64-linux-gnu"};
        good = codegen_interface()->object(&input, argv[2], &error);
    }
    if (!good) fprintf(stderr, "%s: no kernels compiled from %s: %s\n", argv[0], argc > 1 ? argv[1] : "", error.text);
    free(text);
    compilation_free(c);
    return good ? 0 : 1;
}
