/* Embeds files in C source. `embed OUT name=FILE …` writes OUT with `const unsigned char hil_asset_<name>[]` and
 * `const size_t hil_asset_<name>_size` for each FILE; a zero byte that the size does not count ends each array. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int embed(FILE *out, const char *name, int name_length, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return 0;
    unsigned long size = 0;
    fprintf(out, "const unsigned char hil_asset_%.*s[] = {", name_length, name);
    for (int byte; (byte = getc(in)) != EOF; size++)
        fprintf(out, "%s%d,", size % 32 == 0 ? "\n" : "", byte);
    int good = !ferror(in);
    fclose(in);
    fprintf(out, "\n0};\nconst size_t hil_asset_%.*s_size = %lu;\n\n", name_length, name, size);
    return good;
}

int main(int count, char **arguments)
{
    FILE *out = count > 1 ? fopen(arguments[1], "w") : NULL;
    if (!out) {
        fprintf(stderr, "usage: embed OUT name=FILE …\n");
        return EXIT_FAILURE;
    }
    fprintf(out, "/* Made by embed; not to be edited. */\n#include \"report_assets.h\"\n\n");
    for (int i = 2; i < count; i++) {
        const char *equals = strchr(arguments[i], '=');
        if (!equals || !embed(out, arguments[i], (int)(equals - arguments[i]), equals + 1)) {
            fprintf(stderr, "embed: cannot read %s\n", arguments[i]);
            fclose(out);
            remove(arguments[1]);
            return EXIT_FAILURE;
        }
    }
    if (fclose(out) != 0) {
        remove(arguments[1]);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
