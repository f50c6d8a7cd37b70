/* Sources: reads files whole and finds lines in them.
 * In: paths or text. Out: numbered sources with a table of line starts. Kept true: text ends in NUL and holds no other. */
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 64 * 1024 * 1024 };

static int add(Sources *sources, const char *path, const char *text, size_t length) {
    Source source = {.path = arena_copy_text(sources->arena, path, strlen(path)), .text = text, .length = length};
    vector_push(sources->arena, &source.lines, 0);
    for (const char *at = text; (at = memchr(at, '\n', length - (size_t)(at - text)));) {
        at++;
        vector_push(sources->arena, &source.lines, (uint32_t)(at - text));
    }
    vector_push(sources->arena, &sources->list, source);
    return sources->list.count - 1;
}

int sources_add_text(Sources *sources, const char *path, const char *text, size_t length) {
    return add(sources, path, arena_copy_text(sources->arena, text, length), length);
}

/* Reads until the end or until there is more than is allowed; pipes and files that grow are read too. */
static int read_whole(Sources *sources, int file, char **text, size_t *length) {
    struct stat status;
    if (fstat(file, &status) != 0) return -1;
    if (S_ISDIR(status.st_mode)) return errno = EISDIR, -1;
    if (S_ISREG(status.st_mode) && status.st_size > LARGEST_FILE) return errno = EFBIG, -1;
    size_t capacity = S_ISREG(status.st_mode) ? (size_t)status.st_size + 2 : 4096, count = 0;
    char *bytes = arena_alloc(sources->arena, capacity);
    for (;;) {
        if (count + 1 >= capacity) {
            if (count > LARGEST_FILE) return errno = EFBIG, -1;
            bytes = arena_grow(sources->arena, bytes, count, 2 * capacity);
            capacity *= 2;
        }
        ssize_t got = read(file, bytes + count, capacity - count - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        count += (size_t)got;
    }
    if (count > LARGEST_FILE) return errno = EFBIG, -1;
    if (memchr(bytes, 0, count)) return errno = EILSEQ, -1;
    bytes[count] = 0;
    *text = bytes;
    *length = count;
    return 0;
}

int sources_read(Sources *sources, const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    char *text = NULL;
    size_t length = 0;
    int failed = read_whole(sources, file, &text, &length), why = errno;
    close(file);
    if (failed) return errno = why, -1;
    return add(sources, path, text, length);
}

void source_place(const Source *source, uint32_t byte, int *line, int *column) {
    int low = 0, high = source->lines.count - 1; /* the last line that starts at or before byte */
    if (byte > source->length) byte = (uint32_t)source->length;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (source->lines.at[middle] <= byte) low = middle;
        else high = middle - 1;
    }
    *line = low + 1;
    *column = (int)(byte - source->lines.at[low]) + 1;
}

Span span_join(Span first, Span last) {
    if (first.source < 0) return last;
    if (last.source != first.source) return first;
    return (Span){first.source, first.begin < last.begin ? first.begin : last.begin,
                  first.end > last.end ? first.end : last.end};
}
