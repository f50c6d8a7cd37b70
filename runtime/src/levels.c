/* Which clone of the kernels runs. In: the machine, the image's function table, HILLOCK_LEVEL or the caller's wish.
 * Out: the best level that both have; a level asked for by name is never replaced by another. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

static bool machine_has(int level) {
#if defined(__x86_64__)
    if (level == HIL_LEVEL_V3) return __builtin_cpu_supports("x86-64-v3");
    if (level == HIL_LEVEL_V4) return __builtin_cpu_supports("x86-64-v4");
#endif
    return level == HIL_LEVEL_BASE;
}

/* A level is usable when every kernel has a function for it. */
static bool image_has(const HilSimulation *s, int level) {
    if (!s->functions) return false;
    for (uint32_t k = 0; k < s->image->tables[HIL_KERNELS].count; k++)
        if (!s->functions[k * HIL_LEVEL_COUNT + (uint32_t)level]) return false;
    return true;
}

bool engine_pick_level(const HilSimulation *s, int *level, HilError *error) {
    static const char *const names[HIL_LEVEL_COUNT] = {"base", "v3", "v4"};
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    *level = HIL_LEVEL_BASE;
    if (s->settings.call) return true;
    int wanted = s->settings.level;
    const char *text = getenv("HILLOCK_LEVEL");
    if (text && *text) {
        for (wanted = 0; wanted < HIL_LEVEL_COUNT && strcmp(text, names[wanted]); wanted++) {}
        if (wanted == HIL_LEVEL_COUNT)
            return hil_fail(error, "HILLOCK_LEVEL is \"%s\": the levels are base, v3 and v4", text);
    }
    if (wanted >= HIL_LEVEL_COUNT) return hil_fail(error, "there is no machine level %d", wanted);
    if (wanted >= 0) {
        if (!machine_has(wanted)) return hil_fail(error, "this machine has no level %s", names[wanted]);
        if (!image_has(s, wanted)) return hil_fail(error, "this model was not built for level %s", names[wanted]);
        *level = wanted;
        return true;
    }
    for (wanted = HIL_LEVEL_COUNT - 1; wanted >= 0; wanted--) {
        if (machine_has(wanted) && image_has(s, wanted)) {
            *level = wanted;
            return true;
        }
    }
    return hil_fail(error, "this model was built for no level that this machine has");
}
