/* The HDF5 library, loaded when it is first needed: executables start without it and run without it being installed.
 * The types come from hdf5.h, the functions from dlsym, so a call reads hdf5->H5Dwrite(…). */
#ifndef HILLOCK_HDF5_LIBRARY_H
#define HILLOCK_HDF5_LIBRARY_H

#include "hillock/error.h"

#include <hdf5.h>

#define HIL_HDF5_FUNCTIONS(row) \
    row(H5open) row(H5dont_atexit) row(H5get_libversion) \
    row(H5Eget_auto2) row(H5Eset_auto2) row(H5Ewalk2) row(H5Eclear2) \
    row(H5Fcreate) row(H5Fopen) row(H5Fclose) row(H5Fflush) \
    row(H5Gcreate2) row(H5Gopen2) row(H5Gclose) row(H5Gget_info) \
    row(H5Lcreate_hard) row(H5Lexists) row(H5Lget_name_by_idx) \
    row(H5Dcreate2) row(H5Dopen2) row(H5Dwrite) row(H5Dread) row(H5Dclose) row(H5Dget_space) row(H5Dget_type) \
    row(H5Screate) row(H5Screate_simple) row(H5Sselect_hyperslab) row(H5Sget_simple_extent_ndims) \
    row(H5Sget_simple_extent_dims) row(H5Sclose) \
    row(H5Acreate2) row(H5Awrite) row(H5Aopen) row(H5Aread) row(H5Aclose) row(H5Aexists) row(H5Aget_type) \
    row(H5Aget_space) \
    row(H5Tcopy) row(H5Tset_size) row(H5Tget_size) row(H5Tset_cset) row(H5Tenum_create) row(H5Tenum_insert) \
    row(H5Tget_class) row(H5Tis_variable_str) row(H5Tclose) row(H5Dvlen_reclaim) \
    row(H5Pcreate) row(H5Pset_chunk) row(H5Pset_fclose_degree) row(H5Pclose)

/* Predefined types and property classes: variables of the library, read after H5open. */
#define HIL_HDF5_IDENTIFIERS(row) \
    row(H5T_NATIVE_DOUBLE_g) row(H5T_NATIVE_UINT32_g) row(H5T_NATIVE_INT64_g) row(H5T_NATIVE_UINT64_g) \
    row(H5T_NATIVE_UINT8_g) row(H5T_IEEE_F64LE_g) row(H5T_STD_U64LE_g) row(H5T_STD_U32LE_g) row(H5T_STD_U8LE_g) \
    row(H5T_C_S1_g) row(H5P_CLS_DATASET_CREATE_ID_g) row(H5P_CLS_FILE_ACCESS_ID_g)

/* H5F_ACC_RDONLY and H5F_ACC_TRUNC: the header's own macros call the library directly. */
enum { HIL_HDF5_READ_ONLY = 0x0, HIL_HDF5_TRUNCATE = 0x2 };

typedef struct HilHdf5 {
    void *library;
    H5E_auto2_t printer; /* the process's way to print HDF5 errors, put back by hil_hdf5_release */
    void *printer_data;
#define row(name) __typeof__(&name) name;
    HIL_HDF5_FUNCTIONS(row)
#undef row
#define row(name) hid_t name;
    HIL_HDF5_IDENTIFIERS(row)
#undef row
} HilHdf5;

/* Loads HDF5 1.10 or later from the first of `names` (ended by NULL; NULL: the usual names) that is there, and silences
 * its own printing of errors. false: the error names the packages to install, and `advice` (may be "") follows. */
bool hil_hdf5_load(HilHdf5 *hdf5, const char *const *names, const char *advice, HilError *error);
/* Gives the printing of errors back. The library stays loaded: it does not support being unloaded. */
void hil_hdf5_release(HilHdf5 *hdf5);
/* The innermost reason of the last failed call, in words of the system where there are some ("No space left on
 * device"). */
void hil_hdf5_reason(const HilHdf5 *hdf5, char *text, size_t size);

#endif
