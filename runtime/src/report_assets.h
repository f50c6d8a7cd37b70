/* The page's fixed parts, embedded at build (runtime/report.mk): uPlot and the report's own style and script. */
#ifndef HILLOCK_REPORT_ASSETS_H
#define HILLOCK_REPORT_ASSETS_H

#include <stddef.h>

extern const unsigned char hil_asset_uplot_script[], hil_asset_uplot_style[], hil_asset_page_script[],
    hil_asset_page_style[];
extern const size_t hil_asset_uplot_script_size, hil_asset_uplot_style_size, hil_asset_page_script_size,
    hil_asset_page_style_size;

#endif
