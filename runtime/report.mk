# The report's page, embedded in the runtime. Included by the Makefile after BUILD, CC and WARNINGS are set; gives
#   REPORT_ASSETS  the C file to compile into the runtime's library (with -Iruntime/src)
#   HDF5_CFLAGS    where hdf5.h is (types only: the library itself is loaded at run time, nothing links it)
#   browser        the report in headless Chromium, when there is one
# uPlot comes from npm, once, pinned and checked; UPLOT=folder takes its dist/ from elsewhere (builds without a network).
UPLOT_VERSION := 1.6.32
# CC of programs that run while building, where CC itself compiles for another machine.
BUILD_CC      ?= $(CC)
UPLOT         ?= $(BUILD)/npm/package
REPORT_ASSETS := $(BUILD)/generated/report_assets.c
HDF5_CFLAGS   := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags hdf5-serial 2>/dev/null || pkg-config --cflags hdf5))

$(BUILD)/npm/package/dist/uPlot.iife.min.js $(BUILD)/npm/package/dist/uPlot.min.css &:
	@mkdir -p $(BUILD)/npm
	@echo "  NPM   uplot $(UPLOT_VERSION)"; cd $(BUILD)/npm && npm pack --silent uplot@$(UPLOT_VERSION) >/dev/null && tar xzmf uplot-$(UPLOT_VERSION).tgz
	@(cd $(BUILD)/npm/package && printf '%s\n' \
	    '19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f  dist/uPlot.iife.min.js' \
	    'df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04  dist/uPlot.min.css' | sha256sum --check --quiet) || { rm -rf $(BUILD)/npm/package; exit 1; }

$(BUILD)/tools/embed: runtime/report/embed.c
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(BUILD_CC) -std=c17 -O1 $(WARNINGS) $< -o $@

$(REPORT_ASSETS): $(BUILD)/tools/embed $(UPLOT)/dist/uPlot.iife.min.js $(UPLOT)/dist/uPlot.min.css \
                  runtime/report/page.js runtime/report/page.css
	@mkdir -p $(@D)
	@$(BUILD)/tools/embed $@ uplot_script=$(UPLOT)/dist/uPlot.iife.min.js uplot_style=$(UPLOT)/dist/uPlot.min.css \
	    page_script=runtime/report/page.js page_style=runtime/report/page.css


$(BUILD)/tests/browser/make_report: tests/browser/make_report.c $(RUNTIME)
	@mkdir -p $(@D)
	@echo "  CC    $<"; $(COMPILE) -o $@ $(filter %.c,$^) $(RUNTIME) $(RUNTIME_LIBS)

.PHONY: browser
browser: $(BUILD)/tests/browser/make_report
	@tests/browser/run.sh $<
