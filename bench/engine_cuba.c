/* The engine's share of a CUBA network (Vogels & Abbott 2005; Brette et al. 2007, benchmark 2): kernels written by hand
 * with AVX-512, so that what is measured is stepping and delivery, not code generation.
 *
 *   gcc -O3 -march=native -std=gnu17 -Iruntime/include -Itests/unit/runtime bench/engine_cuba.c \
 *       tests/unit/runtime/image_builder.c build/lib/hillock/libhillock-runtime.a -lm -ldl -lpthread -lrt
 *   ./a.out [neurons] [steps] [threads] */
#include "image_builder.h"

#include <immintrin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { V, GE, GI, REF, PLANES };

static double uniform(uint64_t i) { /* splitmix64: initial values only */
    uint64_t z = i * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void init(const HilCall *c) {
    double *v = c->planes[V];
    for (int64_t i = c->begin; i < c->end; i++) v[i] = -60 + 10 * uniform((uint64_t)i + 1 + (uint64_t)c->uniforms[0]);
}

/* Exact over 0.1 ms: tau_m 20 ms, tau_e 5 ms, tau_i 10 ms. */
static void advance(const HilCall *c) {
    double *v = c->planes[V], *ge = c->planes[GE], *gi = c->planes[GI], *ref = c->planes[REF];
    const double dt = 0.1, pm = exp(-dt / 20), de = exp(-dt / 5), di = exp(-dt / 10);
    const __m512d vpm = _mm512_set1_pd(pm), vde = _mm512_set1_pd(de), vdi = _mm512_set1_pd(di),
                  vpe = _mm512_set1_pd(5 / 15.0 * (pm - de)), vpi = _mm512_set1_pd(10 / 10.0 * (pm - di)),
                  vc = _mm512_set1_pd(-49 * (1 - pm)), one = _mm512_set1_pd(1), zero = _mm512_setzero_pd(),
                  threshold = _mm512_set1_pd(-50), reset = _mm512_set1_pd(-60), rest = _mm512_set1_pd(50);
    HilFired *fired = &c->fired[0];
    for (int64_t i = c->begin; i < c->end; i += 8) {
        __m512d x = _mm512_load_pd(v + i), e = _mm512_load_pd(ge + i), g = _mm512_load_pd(gi + i), r = _mm512_load_pd(ref + i);
        __m512d next = _mm512_fmadd_pd(x, vpm, _mm512_fmadd_pd(e, vpe, _mm512_fmadd_pd(g, vpi, vc)));
        __mmask8 held = _mm512_cmp_pd_mask(r, zero, _CMP_GT_OQ);
        next = _mm512_mask_blend_pd(held, next, x);
        r = _mm512_sub_pd(r, one);
        __mmask8 over = _mm512_cmp_pd_mask(next, threshold, _CMP_GT_OQ);
        _mm512_store_pd(ge + i, _mm512_mul_pd(e, vde));
        _mm512_store_pd(gi + i, _mm512_mul_pd(g, vdi));
        if (__builtin_expect(over != 0, 0)) {
            next = _mm512_mask_blend_pd(over, next, reset);
            r = _mm512_mask_blend_pd(over, r, rest);
            for (unsigned bits = over; bits; bits &= bits - 1) {
                int64_t lane = i + __builtin_ctz(bits);
                if (lane < c->end) fired->lanes[fired->count++] = (uint32_t)lane;
            }
        }
        _mm512_store_pd(v + i, next);
        _mm512_store_pd(ref + i, r);
    }
}

static void deliver(const HilCall *c) {
    double *g = c->planes[0], w = c->uniforms[0];
    for (int64_t k = 0; k < c->count; k++) {
        uint32_t s = c->list[k];
        uint64_t end = c->rows_end ? c->rows_end[s] : c->rows[s + 1];
        if (k + 2 < c->count) { /* as generated code does: the rows of the spikes to come */
            uint64_t ahead = c->rows[c->list[k + 2]];
            for (int line = 0; line < 4; line++)
                __builtin_prefetch((const char *)c->targets + ahead * (size_t)c->target_bytes + line * 64);
        }
        if (c->target_bytes == 2)
            for (uint64_t j = c->rows[s]; j < end; j++) g[((const uint16_t *)c->targets)[j]] += w;
        else
            for (uint64_t j = c->rows[s]; j < end; j++) g[((const uint32_t *)c->targets)[j]] += w;
    }
}

static HilPopulation population(ImageBuilder *b, int32_t index, const char *name, double size, int32_t seed_slot) {
    HilPlane planes[PLANES] = {
        builder_plane(b, "V", HIL_PLANE_STATE, 0), builder_plane(b, "ge", HIL_PLANE_STATE, 0),
        builder_plane(b, "gi", HIL_PLANE_STATE, 0), builder_plane(b, "ref", HIL_PLANE_HIDDEN, 0)};
    HilPlaneRef refs[PLANES];
    for (int32_t i = 0; i < PLANES; i++) refs[i] = of_population(index, i);
    HilPopulation p = builder_population(b, name, size);
    p.planes = builder_rows(b, HIL_PLANES, planes, PLANES);
    p.init = builder_one_use(b, builder_kernel(b, "init", HIL_SHAPE_LANES, PLANES, 1, 0, init), refs, PLANES, &seed_slot, 1);
    p.advance = builder_one_use(b, builder_kernel(b, "advance", HIL_SHAPE_LANES, PLANES, 0, 1, advance), refs, PLANES, NULL, 0);
    HilEvent spike = builder_event(b, "spike", HIL_EVENT_SPIKE, 0, -1);
    p.events = builder_rows(b, HIL_EVENTS, &spike, 1);
    return p;
}

static HilProjection projection(ImageBuilder *b, const char *name, int32_t from, int32_t to, double p) {
    HilProjection row = builder_projection(b, name, from, to, HIL_RULE_PROBABILITY);
    int32_t node = builder_number(b, p), weight = 1 + from;
    HilPlaneRef input = of_population(to, from == 0 ? GE : GI);
    row.arguments = builder_kids(b, &node, 1);
    row.deliver = builder_one_use(b, builder_kernel(b, "deliver", HIL_SHAPE_ROW, 1, 1, 0, deliver), &input, 1, &weight, 1).first;
    row.flags = from == to ? HIL_SELF_IS_SAME_POPULATION : 0;
    return row;
}

int main(int argc, char **argv) {
    double neurons = argc > 1 ? atof(argv[1]) : 4000, steps = argc > 2 ? atof(argv[2]) : 10000;
    HilSettings settings = hil_settings_default();
    settings.threads = argc > 3 ? atoi(argv[3]) : 0;
    settings.seed = 7;
    ImageBuilder *b = builder_new();
    HilScalar scalars[] = {builder_scalar(b, "dt", HIL_SCALAR_STEP, -1),
                           builder_scalar(b, "we", HIL_SCALAR_PARAMETER, builder_number(b, 1.62)),
                           builder_scalar(b, "wi", HIL_SCALAR_PARAMETER, builder_number(b, -9)),
                           builder_scalar(b, "e", HIL_SCALAR_PARAMETER, builder_number(b, 0)),
                           builder_scalar(b, "i", HIL_SCALAR_PARAMETER, builder_number(b, 1e6))};
    HilNetwork n = {.name = builder_text(b, "CUBA"), .step_slot = 0};
    n.scalars = builder_rows(b, HIL_SCALARS, scalars, 5);
    HilPopulation populations[] = {population(b, 0, "E", neurons * 0.8, 3), population(b, 1, "I", neurons * 0.2, 4)};
    double p = 80 / neurons;
    HilProjection projections[] = {projection(b, "EE", 0, 0, p), projection(b, "EI", 0, 1, p), projection(b, "IE", 1, 0, p),
                                   projection(b, "II", 1, 1, p)};
    n.populations = builder_rows(b, HIL_POPULATIONS, populations, 2);
    n.projections = builder_rows(b, HIL_PROJECTIONS, projections, 4);
    builder_rows(b, HIL_NETWORKS, &n, 1);
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error;
    if (!hil_simulation_build(s, 1e-4, &error) || hil_simulation_run(s, steps * 1e-4, 1e-4, &error) != HIL_RUN_DONE) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    HilRunStatistics r = hil_simulation_statistics(s);
    printf("CUBA %.0f, %d threads: build %.3f s, run %.4f s, %.3f ns/neuron-step, %.2f Hz, %llu events\n", neurons, r.threads,
           r.build_seconds, r.run_seconds, r.run_seconds * 1e9 / (neurons * steps),
           (double)r.spikes / (neurons * steps * 1e-4), (unsigned long long)r.synaptic_events);
    hil_simulation_free(s);
    builder_free(b);
    return 0;
}
