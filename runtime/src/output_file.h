/* Files that exist whole or not at all. A file is written under a temporary name in its target's folder and renamed by
 * hil_output_commit; hil_output_abandon removes it. The first failure is kept and reported by commit, so that writing
 * code need not look after every call. */
#ifndef HILLOCK_OUTPUT_FILE_H
#define HILLOCK_OUTPUT_FILE_H

#include "hillock/error.h"

#include <stddef.h>

typedef struct HilOutputFile {
    char *path, *temporary; /* both owned */
    int descriptor;         /* -1 once closed: another writer has the temporary name */
    int failure;            /* errno of the first failed write, 0 when none */
    size_t used;
    char buffer[1 << 16];
} HilOutputFile;

/* Checks the target (folder present and writable, not itself a folder) and creates the temporary file. NULL: error set,
 * nothing created. */
HilOutputFile *hil_output_open(const char *path, HilError *error);
void hil_output_bytes(HilOutputFile *file, const void *bytes, size_t size);
void hil_output_text(HilOutputFile *file, const char *text);
void hil_output_format(HilOutputFile *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Standard base64, without line breaks. May be called once a blob: it pads at the end. */
void hil_output_base64(HilOutputFile *file, const void *bytes, size_t size);
/* Writes what is buffered and closes; the temporary file stays. false: the reason in `error`. */
bool hil_output_close(HilOutputFile *file, HilError *error);
/* Closes and renames. In every case the file is freed, and on failure the temporary file is removed. */
bool hil_output_commit(HilOutputFile *file, HilError *error);
void hil_output_abandon(HilOutputFile *file);

#endif
