/* Setting things by the names a person writes. In: "E.tau", "E.V", "EE.weight", a value in SI and its dimension. Out: a
 * scalar set, or an override of a plane kept until (or applied after) the build; or an error with the nearest name. */
#include "engine.h"
#include "names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b; Damerau 1964, restricted. Names longer than
 * the table count as unlike. */
int engine_name_distance(const char *a, const char *b) {
    enum { LONGEST = 63 };
    size_t la = strlen(a), lb = strlen(b);
    if (la > LONGEST || lb > LONGEST) return LONGEST;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= la; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= lb; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= la; i++) {
        for (size_t j = 1; j <= lb; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[la][lb];
}

void engine_name_consider(NearestName *nearest, const char *wanted, const char *candidate) {
    int distance = engine_name_distance(wanted, candidate);
    int limit = 1 + (int)strlen(wanted) / 3;
    if (distance > limit || (nearest->text[0] && distance >= nearest->distance)) return;
    nearest->distance = distance;
    snprintf(nearest->text, sizeof nearest->text, "%s", candidate);
}

static bool check_dimension(const char *name, const HilDimension *given, HilDimension wanted, HilError *error) {
    if (!given || hil_dimension_equal(*given, wanted)) return true;
    char found[64], expected[64];
    hil_dimension_print(*given, found, sizeof found);
    hil_dimension_print(wanted, expected, sizeof expected);
    return hil_fail(error, "%s is in %s, but the value given is in %s", name, expected, found);
}

/* "Owner.plane" among the planes of one owner. */
static int32_t find_plane(const HilSimulation *s, const char *owner, HilRange planes, const char *name,
                          NearestName *nearest) {
    char full[256];
    for (int32_t i = 0; i < planes.count; i++) {
        const HilPlane *row = engine_plane_row(s, planes, i);
        if (row->role == HIL_PLANE_HIDDEN || row->role == HIL_PLANE_DERIVED) continue;
        snprintf(full, sizeof full, "%s.%s", owner, engine_text(s, row->name));
        if (!strcmp(full, name)) return i;
        engine_name_consider(nearest, name, full);
    }
    return -1;
}

PlaneAddress engine_find_plane(const HilSimulation *s, const char *name, NearestName *nearest) {
    PlaneAddress found = {-1, -1, -1};
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        found.plane = find_plane(s, p->name, p->row->planes, name, nearest);
        if (found.plane >= 0) {
            found.population = i;
            return found;
        }
    }
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        const Projection *p = &s->projections[i];
        found.plane = find_plane(s, p->name, p->row->planes, name, nearest);
        if (found.plane >= 0) {
            found.projection = i;
            return found;
        }
    }
    return found;
}

HilPlaneView engine_plane_at(const HilSimulation *s, PlaneAddress address) {
    return address.population >= 0 ? hil_simulation_plane(s, address.population, address.plane)
                                   : hil_simulation_synapse_plane(s, address.projection, address.plane);
}

static void fill(const HilSimulation *s, PlaneAddress address, double value) {
    HilPlaneView view = engine_plane_at(s, address);
    int64_t padded = engine_pad(view.count);
    for (int64_t i = 0; view.data && i < padded; i++) hil_plane_set_value(view, i, value);
}

static bool keep(HilSimulation *s, const char *name, double value) {
    for (int32_t i = 0; i < s->override_count; i++) {
        if (strcmp(s->overrides[i].name, name)) continue;
        s->overrides[i].value = value;
        return true;
    }
    Override *larger = realloc(s->overrides, (size_t)(s->override_count + 1) * sizeof *larger);
    if (!larger) return false;
    s->overrides = larger;
    char *copy = strdup(name);
    if (!copy) return false;
    s->overrides[s->override_count++] = (Override){copy, value};
    return true;
}

bool hil_simulation_set_by_name(HilSimulation *s, const char *name, double value, const HilDimension *dimension,
                                HilError *error) {
    int32_t slot = hil_simulation_find_scalar(s, name);
    if (slot >= 0)
        return check_dimension(name, dimension, hil_simulation_scalar_row(s, slot)->dimension, error) &&
               hil_simulation_set(s, slot, value, error);
    NearestName nearest = {0};
    for (int32_t i = 0; i < s->scalar_count; i++) {
        const HilScalar *row = hil_simulation_scalar_row(s, i);
        if (row->role == HIL_SCALAR_PARAMETER) engine_name_consider(&nearest, name, engine_text(s, row->name));
    }
    PlaneAddress address = engine_find_plane(s, name, &nearest);
    if (address.plane < 0) {
        if (nearest.text[0])
            return hil_fail(error, "there is no parameter \"%s\"; did you mean \"%s\"?", name, nearest.text);
        return hil_fail(error, "there is no parameter \"%s\" (--list-parameters shows them)", name);
    }
    HilRange planes = address.population >= 0 ? s->populations[address.population].row->planes
                                              : s->projections[address.projection].row->planes;
    const HilPlane *row = engine_plane_row(s, planes, address.plane);
    if (!check_dimension(name, dimension, row->dimension, error)) return false;
    if (isnan(value)) return hil_fail(error, "%s cannot be set to nan", name);
    if (s->built && row->role == HIL_PLANE_DELAY)
        return hil_fail(error, "%s: the delays of a connection that is built cannot be set", name);
    if (s->built) {
        fill(s, address, value);
        s->dirty = true;
        return true;
    }
    return keep(s, name, value) || hil_fail(error, "out of memory");
}

void engine_apply_overrides(HilSimulation *s, int32_t population, int32_t projection) {
    for (int32_t i = 0; i < s->override_count; i++) {
        NearestName nearest = {0};
        PlaneAddress address = engine_find_plane(s, s->overrides[i].name, &nearest);
        if (address.population == population && address.projection == projection)
            fill(s, address, s->overrides[i].value);
    }
}
