/* Files that the driver makes. In: the path that the user named, or none for standard output. Out: a text under its final
 * name only when it is whole; a device or a pipe (/dev/stdout) is written as it stands and never replaced. */
#include "driver/driver.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_device(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

bool output_is_file(const char *path) {
    if (is_device(path)) fprintf(stderr, "hillock: cannot write %s: it is a device or a pipe, and this makes a file\n", path);
    return !is_device(path);
}

bool output_open(Arena *arena, const char *path, TextOutput *output) {
    *output = (TextOutput){.path = path, .file = stdout};
    if (!path || strcmp(path, "-") == 0) return true;
    if (!is_device(path)) output->temporary = arena_print(arena, "%s.%d.tmp", path, (int)getpid());
    output->file = fopen(output->temporary ? output->temporary : path, "w");
    if (!output->file) fprintf(stderr, "hillock: cannot write %s: %s\n", path, strerror(errno));
    return output->file != NULL;
}

bool output_close(TextOutput *output, bool good) {
    if (output->file == stdout) return good;
    bool failed = ferror(output->file) != 0;
    failed = fclose(output->file) != 0 || failed;
    failed = (good && !failed && output->temporary && rename(output->temporary, output->path) != 0) || failed;
    if (good && failed) fprintf(stderr, "hillock: cannot write %s: %s\n", output->path, strerror(errno));
    if (output->temporary && (failed || !good)) unlink(output->temporary);
    return good && !failed;
}
