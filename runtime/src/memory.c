/* Memory: aligned and padded blocks, and the prediction of what a model takes before it is taken.
 * In: sizes, expected numbers of synapses, what the machine leaves. Out: blocks, or a refusal with figures.
 * Kept true: every plane starts on 64 bytes and ends on a multiple of HIL_PAD lanes; blocks are zeroed. */
#include "wiring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 << 20 };

int64_t engine_pad(int64_t lanes) {
    int64_t whole = lanes < 1 ? 1 : lanes;
    return (whole + HIL_PAD - 1) / HIL_PAD * HIL_PAD;
}

size_t engine_storage_bytes(const HilPlane *row) {
    return row->storage == HIL_F32 ? sizeof(float) : sizeof(double);
}

void *engine_allocate_unset(size_t bytes) {
    bool large = bytes >= 2 * HUGE_PAGE;
    size_t alignment = large ? HUGE_PAGE : 64;
    size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    if (rounded < bytes) return NULL;
    if (rounded == 0) rounded = alignment;
    void *block = aligned_alloc(alignment, rounded);
    if (!block) return NULL;
    if (large) madvise(block, rounded, MADV_HUGEPAGE); /* advice: a kernel without huge pages does as well */
    return block;
}

void *engine_allocate(size_t bytes) {
    void *block = engine_allocate_unset(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

bool engine_grow(void **array, int64_t *capacity, int64_t needed, size_t element) {
    if (needed <= *capacity) return true;
    int64_t wanted = *capacity < 16 ? 16 : *capacity;
    while (wanted < needed) wanted += wanted / 2;
    void *larger = realloc(*array, (size_t)wanted * element);
    if (!larger) return false;
    *array = larger;
    *capacity = wanted;
    return true;
}

/* ---- what there is ----------------------------------------------------------------------------------------------- */

static bool read_number(const char *path, double *value) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    unsigned long long number = 0;
    bool found = fscanf(file, "%llu", &number) == 1; /* "max" is no number: no limit */
    fclose(file);
    if (found) *value = (double)number;
    return found;
}

static double machine_available(void) {
    double available = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/meminfo", "r");
    if (!file) return available;
    char line[256];
    unsigned long long kilobytes;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1) available = (double)kilobytes * 1024;
    }
    fclose(file);
    return available;
}

static void limit_by_group(const char *folder, const char *limit_name, const char *used_name, double *available) {
    char path[600];
    double limit, used;
    snprintf(path, sizeof path, "%s/%s", folder, limit_name);
    if (!read_number(path, &limit)) return;
    snprintf(path, sizeof path, "%s/%s", folder, used_name);
    if (!read_number(path, &used)) used = 0;
    double left = limit > used ? limit - used : 0;
    if (left < *available) *available = left;
}

/* The control group of this process: version 2 ("0::/path") and version 1 ("…:memory:/path"), and the group's root as
 * a container sees it. */
static void limit_by_groups(double *available) {
    limit_by_group("/sys/fs/cgroup", "memory.max", "memory.current", available);
    limit_by_group("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", available);
    FILE *file = fopen("/proc/self/cgroup", "r");
    if (!file) return;
    char line[400], folder[500];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        const char *last = strrchr(line, ':');
        if (!last) continue;
        if (!strncmp(line, "0::", 3)) {
            snprintf(folder, sizeof folder, "/sys/fs/cgroup%s", last + 1);
            limit_by_group(folder, "memory.max", "memory.current", available);
        } else if (strstr(line, ":memory:")) {
            snprintf(folder, sizeof folder, "/sys/fs/cgroup/memory%s", last + 1);
            limit_by_group(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", available);
        }
    }
    fclose(file);
}

static void limit_by_process(double *available) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return;
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%llu", &pages) != 1) pages = 0;
        fclose(file);
    }
    double left = (double)limit.rlim_cur - (double)pages * (double)sysconf(_SC_PAGESIZE);
    if (left < 0) left = 0;
    if (left < *available) *available = left;
}

double engine_memory_available(const HilSimulation *s) {
    double available = machine_available();
    limit_by_groups(&available);
    limit_by_process(&available);
    if (s->settings.memory_limit > 0 && s->settings.memory_limit < available) available = s->settings.memory_limit;
    return available;
}

/* ---- what is wanted ---------------------------------------------------------------------------------------------- */

static double plane_bytes(const HilSimulation *s, HilRange planes, double instances) {
    double bytes = 0;
    for (int32_t i = 0; i < planes.count; i++)
        bytes += instances * (double)engine_storage_bytes(engine_plane_row(s, planes, i));
    return bytes;
}

static bool projection_bytes(HilSimulation *s, int32_t index, HilError *error) {
    const HilProjection *row = s->projections[index].row;
    const Population *source = &s->populations[row->source], *target = &s->populations[row->target];
    double synapses = 0;
    if (!engine_expected_synapses(s, index, &synapses, error)) return false;
    double target_bytes = target->size <= 65536 ? 2 : 4;
    s->memory.rows += synapses * target_bytes + wiring_building_bytes(row, synapses) + ((double)source->size + 1) * 8;
    if (row->edge.count) s->memory.rows += synapses * 4;
    if (row->delay_kind == HIL_DELAY_PLANE) s->memory.delivery += synapses * 2;
    s->memory.delivery += engine_split_bytes(s, row, synapses);
    s->memory.rows += engine_part_bytes(s, row, synapses);
    s->memory.synapses += plane_bytes(s, row->planes, synapses);
    return true;
}

static void print_bytes(double bytes, char *text, size_t size) {
    if (bytes >= 1e9) snprintf(text, size, "%.1f GB", bytes / 1e9);
    else if (bytes >= 1e6) snprintf(text, size, "%.1f MB", bytes / 1e6);
    else snprintf(text, size, "%.0f kB", bytes / 1e3);
}

bool engine_plan_more(HilSimulation *s, double bytes, double freed, const char *what, HilError *error) {
    HilMemoryPlan *m = &s->memory;
    m->planes += bytes - freed;
    m->total += bytes - freed;
    double available = engine_memory_available(s), limit = s->settings.memory_limit;
    if (bytes <= available && (limit <= 0 || m->total <= limit)) return true;
    char wanted[32], left[32];
    print_bytes(bytes, wanted, sizeof wanted);
    print_bytes(limit > 0 && limit - (m->total - bytes) < available ? limit - (m->total - bytes) : available, left,
                sizeof left);
    return hil_fail(error, "%s need %s of memory, but %s are available", what, wanted, left);
}

bool engine_plan_memory(HilSimulation *s, HilError *error) {
    s->memory = (HilMemoryPlan){0};
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        s->memory.planes += plane_bytes(s, p->row->planes, (double)p->padded);
        s->memory.delivery += (double)p->padded * 12 * (p->row->events.count + 1);
    }
    for (int32_t i = 0; i < s->network->projections.count; i++)
        if (!projection_bytes(s, i, error)) return false;
    double past;
    if (!engine_past_bytes(s, &past, error)) return false;
    s->memory.planes += past;
    HilMemoryPlan *m = &s->memory;
    m->total = m->planes + m->rows + m->synapses + m->delivery + m->recording;
    m->available = engine_memory_available(s);
    if (m->total <= m->available) return true;
    char total[32], available[32], planes[32], rows[32], synapses[32], delivery[32];
    print_bytes(m->total, total, sizeof total);
    print_bytes(m->available, available, sizeof available);
    print_bytes(m->planes, planes, sizeof planes);
    print_bytes(m->rows, rows, sizeof rows);
    print_bytes(m->synapses, synapses, sizeof synapses);
    print_bytes(m->delivery, delivery, sizeof delivery);
    return hil_fail(error, "network %s needs %s of memory, but %s are available (cells %s, connections %s, values of "
                    "synapses %s, delivery %s)", engine_text(s, s->network->name), total, available, planes, rows,
                    synapses, delivery);
}
