/* COBAHH (Brette et al. 2007, benchmark 3) by hand: exponentials of V shared between rates, reciprocals by Newton.
 * Exponential Euler at 0.1 ms; 80 synapses a neuron. usage: cobahh NEURONS STEPS */
#include "vector.h"
#include <stdio.h>
#include <stdlib.h>

/* mV, ms, nS, pF: a membrane of 200 pF, so conductances over it are in 1/ms. */
static const double DT = 0.1, C = 200, G_L = 10, G_NA = 20000, G_K = 6000, E_L = -60, E_K = -90, E_NA = 50, V_T = -63;

typedef struct Cells {
    Real *v, *m, *h, *n, *excitation, *inhibition;
    int *last;
} Cells;

static int advance(const Cells *c, int count, int step, uint32_t *fired) {
    const Vector decay_e = set(exp(-DT / 5)), decay_i = set(exp(-DT / 10)), one = set(1), minus_dt = set(-DT);
    int spikes = 0;
    for (int i = 0; i < count; i += WIDTH) {
        Vector v = load(c->v + i), m = load(c->m + i), h = load(c->h + i), n = load(c->n + i);
        Vector ge = load(c->excitation + i), gi = load(c->inhibition + i), u = sub(v, set(V_T));
        Vector e4 = exp_(mul(u, set(-0.25))), e5 = exp_(mul(u, set(-0.2)));
        Vector e18 = exp_(mul(u, set(-1.0 / 18))), e40 = exp_(mul(u, set(-1.0 / 40)));
        Vector am = mul(mul(set(0.32), sub(set(13), u)), reciprocal(fma_(e4, set(exp(13 / 4.0)), set(-1))));
        Vector bm = mul(mul(mul(set(0.28), sub(u, set(40))), e5), reciprocal(sub(set(exp(-8)), e5)));
        Vector ah = mul(e18, set(0.128 * exp(17 / 18.0)));
        Vector bh = mul(set(4), reciprocal(fma_(e5, set(exp(8)), one)));
        Vector an = mul(mul(set(0.032), sub(set(15), u)), reciprocal(fma_(e5, set(exp(3)), set(-1))));
        Vector bn = mul(e40, set(0.5 * exp(0.25)));
        Vector sm = add(am, bm), sh = add(ah, bh), sn = add(an, bn);
        Vector m_inf = mul(am, reciprocal(sm)), h_inf = mul(ah, reciprocal(sh)), n_inf = mul(an, reciprocal(sn));
        Vector n2 = mul(n, n), g_na = mul(mul(mul(mul(m, m), m), h), set(G_NA / C)), g_k = mul(mul(n2, n2), set(G_K / C));
        Vector g = add(fma_(add(ge, gi), set(1 / C), set(G_L / C)), add(g_na, g_k));
        Vector drive = fma_(g_na, set(E_NA), mul(g_k, set(E_K)));
        drive = add(fma_(gi, set(-80 / C), drive), set(G_L * E_L / C));
        Vector v_inf = mul(drive, reciprocal(g));
        v = fma_(sub(v, v_inf), exp_(mul(g, minus_dt)), v_inf);
        store(c->v + i, v);
        store(c->m + i, fma_(sub(m, m_inf), exp_(mul(sm, minus_dt)), m_inf));
        store(c->h + i, fma_(sub(h, h_inf), exp_(mul(sh, minus_dt)), h_inf));
        store(c->n + i, fma_(sub(n, n_inf), exp_(mul(sn, minus_dt)), n_inf));
        store(c->excitation + i, mul(ge, decay_e));
        store(c->inhibition + i, mul(gi, decay_i));
        for (unsigned over = above(v, set(-20)); over; over &= over - 1) {
            int cell = i + __builtin_ctz(over);
            if (step - c->last[cell] < 30) continue;
            c->last[cell] = step;
            fired[spikes++] = (uint32_t)cell;
        }
    }
    return spikes;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 4000, steps = argc > 2 ? atoi(argv[2]) : 10000;
    int padded = (count + 31) / 32 * 32, excitatory = count * 4 / 5;
    uint64_t seed = 1, *rows = malloc(((size_t)count + 1) * sizeof *rows), spikes = 0, events = 0;
    uint32_t *targets = malloc(((size_t)count * 90 + 10000) * sizeof *targets), *fired = malloc((size_t)padded * sizeof *fired);
    Cells c = {.last = malloc((size_t)padded * sizeof(int))};
    Real **planes[6] = {&c.v, &c.m, &c.h, &c.n, &c.excitation, &c.inhibition};
    for (int k = 0; k < 6; k++) {
        *planes[k] = aligned_alloc(64, (size_t)padded * sizeof(Real));
        for (int i = 0; i < padded; i++) (*planes[k])[i] = 0;
    }
    for (int i = 0; i < padded; i++) {
        c.v[i] = (Real)(-65 + 5 * normal(&seed));
        c.excitation[i] = (Real)fabs(40 + 15 * normal(&seed));
        c.inhibition[i] = (Real)fabs(200 + 120 * normal(&seed));
        c.last[i] = -1000000;
    }
    connect(count, 80.0 / count, &seed, rows, targets);
    double start = seconds();
    for (int step = 0; step < steps; step++) {
        int found = advance(&c, padded, step, fired);
        for (int k = 0; k < found; k++) {
            uint32_t cell = fired[k];
            if (cell >= (uint32_t)count) continue;
            Real *plane = cell < (uint32_t)excitatory ? c.excitation : c.inhibition;
            Real weight = cell < (uint32_t)excitatory ? 6 : 67;
            for (uint64_t j = rows[cell]; j < rows[cell + 1]; j++) plane[targets[j]] += weight;
            events += rows[cell + 1] - rows[cell];
            spikes++;
        }
    }
    printf("run %.6f s, spikes %llu, events %llu\n", seconds() - start, (unsigned long long)spikes, (unsigned long long)events);
    return !(c.v[0] < 1e9);
}
