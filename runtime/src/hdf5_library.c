/* Loads the HDF5 library by dlopen and fills the table of its functions. In: names to try. Out: a complete table, or
 * an error that says what to install. */
#include "hdf5_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Debian's serial build first (12: 103, 13: 310), then the plain names of other systems. */
static const char *const usual_names[] = {"libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so",
                                          "libhdf5.so.310",        "libhdf5.so.200",        "libhdf5.so.103",
                                          "libhdf5.so",            NULL};

static bool find_symbols(HilHdf5 *hdf5, const char **missing)
{
    /* dlsym returns an object pointer; POSIX makes its bytes those of the function pointer. */
#define row(name) \
    { \
        void *symbol = dlsym(hdf5->library, #name); \
        if (!symbol) { \
            *missing = #name; \
            return false; \
        } \
        memcpy(&hdf5->name, &symbol, sizeof symbol); \
    }
    HIL_HDF5_FUNCTIONS(row)
#undef row
    hdf5->H5dont_atexit(); /* fails when the process has used HDF5 before, which is as well */
    if (hdf5->H5open() < 0) {
        *missing = "a successful H5open";
        return false;
    }
#define row(name) \
    { \
        const hid_t *identifier = dlsym(hdf5->library, #name); \
        if (!identifier) { \
            *missing = #name; \
            return false; \
        } \
        hdf5->name = *identifier; \
    }
    HIL_HDF5_IDENTIFIERS(row)
#undef row
    return true;
}

bool hil_hdf5_load(HilHdf5 *hdf5, const char *const *names, const char *advice, HilError *error)
{
    const char *missing = NULL;
    unsigned major = 0, minor = 0, release = 0;
    memset(hdf5, 0, sizeof *hdf5);
    for (const char *const *name = names ? names : usual_names; *name && !hdf5->library; name++)
        hdf5->library = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
    if (!hdf5->library)
        return hil_fail(error, "the HDF5 library is not installed (on Debian and Ubuntu: apt install hdf5-tools)%s",
                        advice);
    if (!find_symbols(hdf5, &missing))
        return hil_fail(error, "the HDF5 library found is not usable: it lacks %s; version 1.10 or later is needed%s",
                        missing, advice);
    hdf5->H5get_libversion(&major, &minor, &release);
    if (major < 1 || (major == 1 && minor < 10))
        return hil_fail(error, "the HDF5 library found is version %u.%u.%u; 1.10 or later is needed%s", major, minor,
                        release, advice);
    hdf5->H5Eget_auto2(H5E_DEFAULT, &hdf5->printer, &hdf5->printer_data);
    hdf5->H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return true;
}

void hil_hdf5_release(HilHdf5 *hdf5)
{
    hdf5->H5Eset_auto2(H5E_DEFAULT, hdf5->printer, hdf5->printer_data);
}

typedef struct Reason {
    char *text;
    size_t size;
} Reason;

/* Called from the outermost function to the innermost; the last text stands. */
static herr_t keep_reason(unsigned number, const H5E_error2_t *entry, void *data)
{
    (void)number;
    Reason *reason = data;
    const char *text = entry->desc ? entry->desc : "", *system = strstr(text, "error message = '");
    if (system) {
        system += strlen("error message = '");
        snprintf(reason->text, reason->size, "%.*s", (int)strcspn(system, "'"), system);
        return 1; /* stop */
    }
    if (text[0])
        snprintf(reason->text, reason->size, "%s", text);
    return 0;
}

void hil_hdf5_reason(const HilHdf5 *hdf5, char *text, size_t size)
{
    Reason reason = {text, size};
    snprintf(text, size, "the HDF5 library gave no reason");
    hdf5->H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_reason, &reason);
}
