/* run: compiles in this process (or takes the code from the cache) and runs the model with its own options. */
#include "driver/driver.h"
#include "hillock/runtime.h"
#include <stdlib.h>

int command_run(const DriverOptions *options) {
    Unit unit;
    LoadedCode code = {0};
    if (!unit_compile(&unit, options, options->files[0], "kernels")) {
        unit_free(&unit);
        return EXIT_MODEL;
    }
    int result = EXIT_MODEL;
    if (code_load(&unit, &code)) {
        int count = options->argument_count + 1;
        char **arguments = calloc((size_t)count + 1, sizeof *arguments);
        arguments[0] = (char *)options->files[0];
        for (int i = 1; i < count; i++) arguments[i] = options->arguments[i - 1];
        result = options->interpret
                     ? hil_main_through(count, arguments, unit.lowered->image, code_interpret, (void *)unit.lowered)
                     : hil_main(count, arguments, unit.lowered->image, code.functions);
        free(arguments);
    }
    code_unload(&code);
    unit_free(&unit);
    return result;
}
