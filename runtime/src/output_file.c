/* Buffered output to a temporary file that replaces its target by rename. In: bytes. Out: the complete file under its
 * name, or an error and no trace. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder part of a path, "." when there is none; malloc'd. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static bool explain_open_failure(const char *path, int failure, HilError *error)
{
    char *folder = folder_of(path);
    struct stat status;
    if (folder && stat(folder, &status) != 0)
        hil_fail(error, "cannot write '%s': the folder '%s' does not exist", path, folder);
    else if (folder && !S_ISDIR(status.st_mode))
        hil_fail(error, "cannot write '%s': '%s' is not a folder", path, folder);
    else if (failure == EACCES || failure == EPERM || failure == EROFS)
        hil_fail(error, "cannot write '%s': no permission to create files in the folder '%s'", path,
                 folder ? folder : "");
    else
        hil_fail(error, "cannot write '%s': %s", path, strerror(failure));
    free(folder);
    return false;
}

HilOutputFile *hil_output_open(const char *path, HilError *error)
{
    struct stat status;
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/' || (stat(path, &status) == 0 && S_ISDIR(status.st_mode))) {
        hil_fail(error, "cannot write '%s': a file's name is needed, and this is a folder's", path);
        return NULL;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) { /* a device would be replaced by the rename */
        hil_fail(error, "cannot write '%s': it is a device or a pipe, and only files are written", path);
        return NULL;
    }
    HilOutputFile *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path)) || !(file->temporary = malloc(length + 48))) {
        hil_fail(error, "cannot write '%s': out of memory", path);
        if (file)
            free(file->path);
        free(file);
        return NULL;
    }
    int failure = 0;
    file->descriptor = -1;
    for (unsigned attempt = 0; attempt < 1000 && file->descriptor < 0; attempt++) {
        sprintf(file->temporary, "%s.part-%ld-%u", path, (long)getpid(), attempt);
        file->descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        failure = errno;
        if (file->descriptor < 0 && failure != EEXIST)
            break;
    }
    if (file->descriptor < 0) {
        explain_open_failure(path, failure, error);
        free(file->path);
        free(file->temporary);
        free(file);
        return NULL;
    }
    return file;
}

static void write_all(HilOutputFile *file, const char *bytes, size_t size)
{
    while (size > 0 && !file->failure) {
        ssize_t written = write(file->descriptor, bytes, size < (1u << 30) ? size : 1u << 30);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            file->failure = written < 0 ? errno : ENOSPC;
            return;
        }
        bytes += written;
        size -= (size_t)written;
    }
}

static void flush(HilOutputFile *file)
{
    write_all(file, file->buffer, file->used);
    file->used = 0;
}

void hil_output_bytes(HilOutputFile *file, const void *bytes, size_t size)
{
    if (size > sizeof file->buffer - file->used)
        flush(file);
    if (size >= sizeof file->buffer) {
        write_all(file, bytes, size);
    } else if (size > 0) {
        memcpy(file->buffer + file->used, bytes, size);
        file->used += size;
    }
}

void hil_output_text(HilOutputFile *file, const char *text)
{
    hil_output_bytes(file, text, strlen(text));
}

void hil_output_format(HilOutputFile *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        if (!file->failure)
            file->failure = ENOMEM;
        return;
    }
    hil_output_bytes(file, text, (size_t)length);
    free(text);
}

void hil_output_base64(HilOutputFile *file, const void *bytes, size_t size)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) | (left > 2 ? at[i + 2] : 0);
        char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], left > 1 ? alphabet[group >> 6 & 63] : '=',
                        left > 2 ? alphabet[group & 63] : '='};
        hil_output_bytes(file, text, 4);
    }
}

bool hil_output_close(HilOutputFile *file, HilError *error)
{
    if (file->descriptor >= 0) {
        flush(file);
        if (close(file->descriptor) != 0 && !file->failure)
            file->failure = errno; /* network file systems report a full disk here */
        file->descriptor = -1;
    }
    if (file->failure == ENOSPC || file->failure == EDQUOT)
        return hil_fail(error, "cannot write '%s': no space left on the disk", file->path);
    if (file->failure)
        return hil_fail(error, "cannot write '%s': %s", file->path, strerror(file->failure));
    return true;
}

bool hil_output_commit(HilOutputFile *file, HilError *error)
{
    bool good = hil_output_close(file, error);
    if (good && rename(file->temporary, file->path) != 0)
        good = hil_fail(error, "cannot write '%s': %s", file->path, strerror(errno));
    if (!good)
        unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    free(file);
    return good;
}

void hil_output_abandon(HilOutputFile *file)
{
    if (!file)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    unlink(file->temporary);
    free(file->path);
    free(file->temporary);
    free(file);
}
