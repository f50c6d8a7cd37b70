/* See kernels.h. */
#include "kernels.h"
#include "printed.h"

#include <check.h>
#include <math.h>
#include <string.h>

Kernel *read_kernel(Compilation *c, const char *text) {
    Kernel *kernel = kernel_parse(c, text, strlen(text));
    ck_assert_msg(kernel != NULL, "%s\n%s", last_message(c), text);
    return kernel;
}

Kernel *read_kernel_file(Compilation *c, const char *path) {
    int source = sources_read(&c->sources, path);
    ck_assert_msg(source >= 0, "cannot read %s", path);
    return read_kernel(c, c->sources.list.at[source].text);
}

char *printed_kernel(const Kernel *kernel) {
    Printed p;
    kernel_print(kernel, printed_begin(&p));
    return printed_end(&p);
}

const char *last_message(const Compilation *c) {
    return c->diagnostics.list.count ? vector_last(&c->diagnostics.list)->message : "";
}

void plane_put(void *plane, int precision, int at, double number) {
    if (precision == HIL_F64) ((double *)plane)[at] = number;
    else ((float *)plane)[at] = (float)number;
}

double plane_get(const void *plane, int precision, int at) {
    return precision == HIL_F64 ? ((const double *)plane)[at] : (double)((const float *)plane)[at];
}

bool same_real(double a, double b) { return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof a) == 0; }
