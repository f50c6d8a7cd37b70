/* What the tests of readers and writers share: a folder of their own, whole files as text, and a count of what a folder
 * holds (to see that nothing half-written stays). Each test program removes its folder when it ends. */
#ifndef HILLOCK_TESTS_FOLDER_H
#define HILLOCK_TESTS_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Folder {
    char path[256];
} Folder;

static inline Folder folder_make(void)
{
    Folder folder;
    const char *base = getenv("TMPDIR");
    snprintf(folder.path, sizeof folder.path, "%s/hillock-test-XXXXXX", base && base[0] ? base : "/tmp");
    if (!mkdtemp(folder.path))
        abort();
    return folder;
}

/* The path of a name in the folder. */
static inline const char *folder_path(const Folder *folder, const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", folder->path, name);
    return path;
}

static inline int folder_count(const Folder *folder)
{
    DIR *directory = opendir(folder->path);
    int count = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (directory)
        closedir(directory);
    return count;
}

static inline void folder_remove(const Folder *folder)
{
    DIR *directory = opendir(folder->path);
    char path[600];
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder->path, entry->d_name);
        if (unlink(path) != 0)
            rmdir(path);
    }
    if (directory)
        closedir(directory);
    rmdir(folder->path);
}

/* A file of its own in $TMPDIR, whose name ends in `suffix`; the caller unlinks it. */
static inline const char *file_make(char path[512], const char *suffix, const void *bytes, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, 512, "%s/hillock-test-XXXXXX%s", base && base[0] ? base : "/tmp", suffix);
    int file = mkstemps(path, (int)strlen(suffix));
    if (file < 0 || write(file, bytes, size) != (ssize_t)size || close(file) != 0)
        abort();
    return path;
}

static inline void file_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}

/* The whole file, NUL-terminated; the caller frees it. NULL when there is none. */
static inline char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        abort();
    fclose(file);
    return text;
}

#endif
