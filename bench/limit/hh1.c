/* One patch of squid axon (Hodgkin & Huxley 1952) by hand, exponential Euler at 0.01 ms under 10 uA/cm^2. What bounds it
 * is latency: the exponentials of a step are computed side by side in one vector. usage: hh1 STEPS */
#include "vector.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    long steps = argc > 1 ? atol(argv[1]) : 1000000, spikes = 0;
    double v = -65, m = 0.0529, h = 0.5961, n = 0.3177, dt = 0.01, start = seconds(), e[8], d[8];
    for (long step = 0; step < steps; step++) {
        double u = v + 65, before = v;
        _mm512_storeu_pd(e, exp_doubles(_mm512_set_pd(0, 0, u * (-1 / 80.0), 1 - 0.1 * u, 3 - 0.1 * u, u * (-1 / 20.0),
                                                      u * (-1 / 18.0), 2.5 - 0.1 * u)));
        double am = 0.1 * (25 - u) / (e[0] - 1), bm = 4 * e[1], ah = 0.07 * e[2], bh = 1 / (e[3] + 1);
        double an = 0.01 * (10 - u) / (e[4] - 1), bn = 0.125 * e[5];
        double g_na = 120 * m * m * m * h, g_k = 36 * n * n * n * n, g = g_na + g_k + 0.3;
        double v_inf = (g_na * 50 + g_k * -77 + 0.3 * -54.3 + 10) / g;
        _mm512_storeu_pd(d, exp_doubles(_mm512_set_pd(0, 0, 0, 0, -g * dt, -(an + bn) * dt, -(ah + bh) * dt, -(am + bm) * dt)));
        double m_inf = am / (am + bm), h_inf = ah / (ah + bh), n_inf = an / (an + bn);
        m = m_inf + (m - m_inf) * d[0];
        h = h_inf + (h - h_inf) * d[1];
        n = n_inf + (n - n_inf) * d[2];
        v = v_inf + (v - v_inf) * d[3];
        spikes += before <= 0 && v > 0;
    }
    printf("run %.6f s, spikes %ld, events 0\n", seconds() - start, spikes);
    return !(v < 1e9);
}
