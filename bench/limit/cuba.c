/* CUBA (Vogels & Abbott 2005; Brette et al. 2007, benchmark 2) by hand: exact over 0.1 ms, 80 synapses a neuron, one
 * addition a synapse through 32-bit targets. usage: cuba NEURONS STEPS */
#include "vector.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct Cells {
    Real *v, *excitation, *inhibition, *refractory;
} Cells;

static int advance(const Cells *c, int count, uint32_t *fired) {
    const double dt = 0.1, p = exp(-dt / 20), e = exp(-dt / 5), i = exp(-dt / 10);
    const Vector pv = set(p), de = set(e), di = set(i), pe = set(5.0 / 15 * (p - e)), pi = set(10.0 / 10 * (p - i));
    const Vector rest = set(-49 * (1 - p)), one = set(1), zero = set(0), threshold = set(-50);
    int spikes = 0;
    for (int at = 0; at < count; at += WIDTH) {
        Vector v = load(c->v + at), ge = load(c->excitation + at), gi = load(c->inhibition + at);
        Vector r = load(c->refractory + at);
        Vector next = choose(above(r, zero), v, fma_(v, pv, fma_(ge, pe, fma_(gi, pi, rest))));
        Mask over = above(next, threshold);
        r = sub(r, one);
        store(c->excitation + at, mul(ge, de));
        store(c->inhibition + at, mul(gi, di));
        if (__builtin_expect(over != 0, 0)) {
            next = choose(over, set(-60), next);
            r = choose(over, set(50), r);
            for (unsigned bits = over; bits; bits &= bits - 1) fired[spikes++] = (uint32_t)(at + __builtin_ctz(bits));
        }
        store(c->v + at, next);
        store(c->refractory + at, r);
    }
    return spikes;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 4000, steps = argc > 2 ? atoi(argv[2]) : 10000;
    int padded = (count + 31) / 32 * 32, excitatory = count * 4 / 5;
    uint64_t seed = 7, *rows = malloc(((size_t)count + 1) * sizeof *rows), spikes = 0, events = 0;
    uint32_t *targets = malloc(((size_t)count * 90 + 10000) * sizeof *targets), *fired = malloc((size_t)padded * sizeof *fired);
    Cells c;
    Real **planes[4] = {&c.v, &c.excitation, &c.inhibition, &c.refractory};
    for (int k = 0; k < 4; k++) *planes[k] = aligned_alloc(64, (size_t)padded * sizeof(Real));
    for (int i = 0; i < padded; i++) {
        c.v[i] = (Real)(-60 + (i < count ? 10 * uniform(&seed) : 0));
        c.excitation[i] = c.inhibition[i] = 0;
        c.refractory[i] = i < count ? 0 : (Real)1e9;
    }
    connect(count, 80.0 / count, &seed, rows, targets);
    double start = seconds();
    for (int step = 0; step < steps; step++) {
        int found = advance(&c, padded, fired);
        for (int k = 0; k < found; k++) {
            uint32_t cell = fired[k];
            Real *plane = cell < (uint32_t)excitatory ? c.excitation : c.inhibition;
            Real weight = cell < (uint32_t)excitatory ? (Real)1.62 : -9;
            for (uint64_t j = rows[cell]; j < rows[cell + 1]; j++) plane[targets[j]] += weight;
            events += rows[cell + 1] - rows[cell];
        }
        spikes += (uint64_t)found;
    }
    printf("run %.6f s, spikes %llu, events %llu\n", seconds() - start, (unsigned long long)spikes, (unsigned long long)events);
    return 0;
}
