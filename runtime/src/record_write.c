/* Picks the writer of a recording by the ending of its path. */
#include "hillock/record.h"

#include <string.h>
#include <sys/stat.h>

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), size = strlen(ending);
    return length > size && strcmp(path + length - size, ending) == 0;
}

bool hil_record_write(const HilRecording *recording, const char *path, HilError *error)
{
    struct stat status;
    size_t length = strlen(path);
    if (length && (path[length - 1] == '/' || (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) ||
                   ends_in(path, ".csv")))
        return hil_record_write_csv(recording, path, error);
    if (ends_in(path, ".h5") || ends_in(path, ".hdf5"))
        return hil_record_write_hdf5(recording, path, error);
    return hil_fail(error, "cannot write '%s': the ending says the format, and it is none of .h5, .hdf5, .csv "
                           "or a folder (for CSV files)", path);
}
