/* What sources mean: the equations, events and connections that cells and networks come to. */
#include "source.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIF                                                                                                            \
    "neuron LIF { param tau = 20 ms, R = 100 MOhm, E_L = -70 mV, t_ref = 2 ms\n input I : nA\n state V : mV = E_L\n"   \
    " V' = (E_L - V + R*I)/tau\n spike when V > -50 mV { V = -60 mV; refractory t_ref { V } } }\n"
#define AMPA                                                                                                           \
    "synapse AMPA { param tau = 2 ms, E = 0 mV; state g : nS = 0; g' = -g/tau; on pre { g += weight*release };"        \
    " current = g*(V - E) }\n"
#define HH                                                                                                             \
    "channel Na { ion na; param g = 120 mS/cm^2\n"                                                                     \
    " gate m^3 { alpha = 0.1/ms/mV*(V + 40 mV)/(1 - exp(-(V + 40 mV)/10 mV)); beta = 4/ms*exp(-(V + 65 mV)/18 mV) }\n" \
    " current = g*m^3*(V - E_na) }\n"                                                                                  \
    "channel Leak { param g = 0.3 mS/cm^2, E = -54.4 mV; current = g*(V - E) }\n"

#define assert_line(m, head, expected)                                                                                 \
    do {                                                                                                               \
        const char *line_ = test_line(&(m), (head));                                                                   \
        ck_assert_msg(line_ != NULL, "no line \"%s\" in:\n%s", (head), (m).text);                                      \
        ck_assert_str_eq(line_, (expected));                                                                           \
    } while (0)
#define assert_fine(m) ck_assert_msg((m).c->diagnostics.errors == 0, "%s", (m).text)

START_TEST(lif_becomes_one_population) {
    TestModel m = test_model(LIF);
    assert_fine(m);
    assert_line(m, "V' = ", "(E_L - V + R*I)/tau");
    assert_line(m, "spike", "  when -50 mV < V unless refractory");
    assert_line(m, "refractory holds", " V");
    const Population *p = m.model->networks.at[0]->populations.at[0];
    ck_assert_int_eq(p->events.at[0]->condition, CONDITION_LEVEL);
    ck_assert_int_eq(p->events.at[0]->actions.at[1].kind, ACTION_REFRACTORY);
    ck_assert(!p->variables.at[0]->instance);
    ck_assert_double_eq(p->variables.at[0]->initial->number, 0.020);
    test_model_free(&m);
}
END_TEST

START_TEST(quantities_are_the_nearest_doubles) {
    TestModel m =
        test_model("neuron X { param a = 120 mS/cm^2, b = 0.04 /mV/ms, c = -70 mV, d = 1/(37 kOhm*cm^2), e = 80%,\n"
                   " f = 6.3 degC, g = -5 degC; state u = 0; u' = -u/(1 s) }\n");
    assert_fine(m);
    static const double expected[] = {1200, 40000, -0.07, 1 / 3.7, 0.8, 279.45, 268.15};
    const Population *p = m.model->networks.at[0]->populations.at[0];
    for (int i = 0; i < 7; i++) ck_assert_double_eq(p->variables.at[i]->initial->number, expected[i]);
    test_model_free(&m);
}
END_TEST

START_TEST(coefficient_on_the_left_divides) {
    TestModel m = test_model("neuron X { param C = 200 pF, g = 10 nS; input I : pA; state V : mV = -70 mV, w : pA = 0\n"
                             " C*V' = -g*V - w + I\n w' = -w/(30 ms) }\n");
    assert_fine(m);
    assert_line(m, "V' = ", "(-g*V - w + I)/C");
    test_model_free(&m);
}
END_TEST

START_TEST(drawn_parameters_are_per_instance) {
    TestModel m = test_model(LIF "network N { population E[10] : LIF { let r = uniform(0, 1); tau = 20 ms + 5 ms*r^2;"
                                 " V = normal(-60 mV, 2 mV) } }\n");
    assert_fine(m);
    assert_line(m, "param each tau : ms = ", "20 ms + 5 ms*r^2");
    assert_line(m, "param each r = ", "uniform(0, 1)");
    assert_line(m, "param R : MOhm = ", "100 MOhm");
    test_model_free(&m);
}
END_TEST

START_TEST(two_draws_are_two_numbers) {
    TestModel m = test_model(
        LIF "network N { population E[10] : LIF { tau = uniform(1 ms, 2 ms); t_ref = uniform(1 ms, 2 ms) } }\n");
    assert_fine(m);
    const Population *p = m.model->networks.at[0]->populations.at[0];
    ck_assert_ptr_ne(p->variables.at[0]->initial, p->variables.at[3]->initial);
    ck_assert_int_ne(p->variables.at[0]->initial->index, p->variables.at[3]->initial->index);
    test_model_free(&m);
}
END_TEST

START_TEST(linear_synapse_is_shared) {
    TestModel m = test_model(LIF AMPA "network N { population E[10] : LIF\n"
                                      " connect E -> E via AMPA { probability 0.1; weight = 1 nS; delay = 1 ms }\n"
                                      " connect E -> E via AMPA { probability 0.2; weight = 2 nS }\n"
                                      " connect E -> E via AMPA(tau = 5 ms) { weight = 2 nS } }\n");
    assert_fine(m);
    assert_line(m, "V' = ", "(E_L - V + R*(I - AMPA.g*(V - AMPA.E) - AMPA2.g*(V - AMPA2.E)))/tau");
    assert_line(m, "AMPA.g' = ", "-AMPA.g/AMPA.tau");
    assert_line(m, "post.AMPA.g = ", "post.AMPA.g + weight");
    const Network *n = m.model->networks.at[0];
    ck_assert_int_eq(n->populations.at[0]->equations.count, 3);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(n->projections.at[i]->equations.count, 0);
    test_model_free(&m);
}
END_TEST

START_TEST(named_connection_keeps_its_own_synapse) {
    TestModel m = test_model(LIF AMPA "network N { population E[10] : LIF\n"
                                      " connect E -> E via AMPA { weight = 1 nS }\n"
                                      " connect Slow: E -> E via AMPA { weight = 1 nS } }\n");
    assert_fine(m);
    assert_line(m, "post.Slow.g = ", "post.Slow.g + weight");
    test_model_free(&m);
}
END_TEST

START_TEST(nonlinear_synapse_stays_per_synapse) {
    TestModel m = test_model(LIF "synapse S { state s = 0, g : nS = 0; s' = -s/(10 ms); g' = (weight*s - g)/(1 ms)\n"
                                 " on pre { s += 1 - s }; current = g*(V - 0 mV) }\n"
                                 "network N { population E[10] : LIF\n connect E -> E via S { weight = 1 nS } }\n");
    assert_fine(m);
    const Projection *p = m.model->networks.at[0]->projections.at[0];
    ck_assert_int_eq(p->equations.count, 2);
    ck_assert_int_eq(p->contributions.count, 2); /* slope and rest in V */
    assert_line(m, "post.E_E.S.slope += ", "g");
    ck_assert_ptr_nonnull(strstr(p->sharing, "one S per synapse"));
    test_model_free(&m);
}
END_TEST

START_TEST(drawn_time_constant_forbids_sharing) {
    TestModel m = test_model(LIF AMPA "network N { population E[10] : LIF\n"
                                      " connect E -> E via AMPA(tau = uniform(1 ms, 3 ms)) { weight = 1 nS } }\n");
    assert_fine(m);
    ck_assert_int_eq(m.model->networks.at[0]->projections.at[0]->equations.count, 1);
    test_model_free(&m);
}
END_TEST

START_TEST(membrane_sums_densities_and_points) {
    TestModel m =
        test_model(HH AMPA "neuron Cell { membrane { C = 1 uF/cm^2; area = 1000 um^2 }; insert Na, Leak; E_na = 50 mV\n"
                           " spike when V rises above 0 mV }\n"
                           "network N { population E[4] : Cell; connect E -> E via AMPA { weight = 1 nS } }\n");
    assert_fine(m);
    assert_line(m, "V' = ", "(I/area - (Na.g*Na.m^3*(V - E_na) + Leak.g*(V - Leak.E) + AMPA.g*(V - AMPA.E)/area))/C");
    ck_assert_int_eq(m.model->networks.at[0]->populations.at[0]->events.at[0]->condition, CONDITION_RISES);
    test_model_free(&m);
}
END_TEST

START_TEST(gate_starts_at_its_steady_state) {
    TestModel m =
        test_model("channel K { ion k; param g = 1 mS/cm^2; gate n { inf = 1/(1 + exp(-V/10 mV)); tau = 2 ms }\n"
                   " gate a { inf = exp(V/20 mV) }\n current = g*n*a*(V - E_k) }\n"
                   "neuron Cell { membrane { C = 1 uF/cm^2 }; insert K; E_k = -80 mV }\n");
    assert_fine(m);
    assert_line(m, "K.n' = ", "(1/(1 + exp(-V/10 mV)) - K.n)/2 ms");
    assert_line(m, "state K.n = ", "1/(1 + exp(-V/10 mV))");
    assert_line(m, "V' = ", "(I - K.g*K.n*exp(V/20 mV)*(V - E_k))/C");
    test_model_free(&m);
}
END_TEST

START_TEST(textbook_rates_have_no_singularity) {
    static const char *const rates[] = {
        "0.1/ms/mV*(V + 40 mV)/(1 - exp(-(V + 40 mV)/10 mV))", "0.1/ms*(V + 40 mV)/10 mV/(1 - exp((-40 mV - V)/10 mV))",
        "0.1/ms/mV*(-40 mV - V)/(exp(-(V + 40 mV)/10 mV) - 1)", "0.32/ms/mV*(V - E_L)/(1 - exp(-(V - E_L)/4 mV))",
        "0.28/ms/mV*(E_L - V)/(1 - exp((V - E_L)/5 mV))"};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        char source[512];
        snprintf(source, sizeof source,
                 "neuron X { param E_L = -40 mV; state V : mV = -40 mV, u = 0; V' = -V/(1 ms)\n u' = %s }\n", rates[i]);
        TestModel m = test_model(source);
        assert_fine(m);
        const Population *p = m.model->networks.at[0]->populations.at[0];
        const Expression *rate = p->equations.at[1].rate;
        ck_assert_msg(expression_mentions_op(rate, EXPRESSION_EXPRELR), "%s", m.text);
        /* the value at a regular point equals the formula's: V = -30 mV */
        double v = -0.030, zero = -0.040, x, expected;
        Substitution at[2] = {
            {p->variables.at[0], expression_number(m.model->pool, zero, p->variables.at[0]->type->dimension, NO_SPAN)},
            {p->variables.at[1], expression_number(m.model->pool, v, p->variables.at[1]->type->dimension, NO_SPAN)}};
        const Expression *value = expression_substitute(m.model->pool, rate, at, 2);
        switch (i) {
        case 0: expected = 1e5 * (v - zero) / (1 - exp(-(v - zero) / 0.01)); break;
        case 1: expected = 100 * (v - zero) / 0.01 / (1 - exp((zero - v) / 0.01)); break;
        case 2: expected = 1e5 * (zero - v) / (exp(-(v - zero) / 0.01) - 1); break;
        case 3: expected = 3.2e5 * (v - zero) / (1 - exp(-(v - zero) / 0.004)); break;
        default: expected = 2.8e5 * (zero - v) / (1 - exp((v - zero) / 0.005)); break;
        }
        ck_assert(expression_is_number(value, &x));
        ck_assert_double_eq_tol(x / expected, 1, 1e-13); /* a dozen roundings of 1.1e-16 each */
        test_model_free(&m);
    }
}
END_TEST

START_TEST(q10_multiplies_rates) {
    TestModel m =
        test_model("channel K { ion k; param g = 1 mS/cm^2; gate n { inf = 0.5; tau = 2 ms }\n q10 = 3 at 6.3 degC\n"
                   " current = g*n*(V - E_k) }\n"
                   "neuron Cell { membrane { C = 1 uF/cm^2; temperature = 16.3 degC }; insert K; E_k = -80 mV }\n");
    assert_fine(m);
    assert_line(m, "K.n' = ", "(0.5 - K.n)/(2 ms/3^((temperature - 279.45 K)/10 K))");
    test_model_free(&m);
}
END_TEST

START_TEST(pool_owns_its_concentration) {
    TestModel m =
        test_model("channel Ca { ion ca; param g = 1 mS/cm^2; current = g*(V - E_ca) }\n"
                   "pool Shell { ion ca; param d = 0.1 um; state ca_i : uM = 0.05 uM\n"
                   " ca_i' = -i_ca/(2*faraday*d) - (ca_i - 0.05 uM)/(80 ms)\n E_ca = nernst(ca_i, 2 mM, 2) }\n"
                   "neuron Cell { membrane { C = 1 uF/cm^2; temperature = 34 degC }; insert Ca, Shell }\n");
    assert_fine(m);
    ck_assert_ptr_nonnull(strstr(test_line(&m, "Shell.ca_i' = "), "log(2 mM/Shell.ca_i)"));
    test_model_free(&m);
}
END_TEST

START_TEST(kinetic_scheme_conserves) {
    TestModel m = test_model("channel K { ion k; param g = 1 mS/cm^2, a = 2/ms, b = 1/ms\n"
                             " gate { states c, o; c <-> o (a, b); conserve 1 }\n current = g*o*(V - E_k) }\n"
                             "neuron Cell { membrane { C = 1 uF/cm^2 }; insert K; E_k = -80 mV }\n");
    assert_fine(m);
    assert_line(m, "K.c' = ", "-(K.a*K.c - K.b*(1 - K.c))");
    assert_line(m, "state K.c = ", "1/(1 + K.a/K.b)");
    ck_assert_int_eq(m.model->networks.at[0]->populations.at[0]->equations.count, 2);
    test_model_free(&m);
}
END_TEST

START_TEST(functions_and_lets_are_inlined) {
    TestModel m = test_model(
        "function sig(x : mV, s : mV) = 1/(1 + exp(-x/s))\n"
        "function pick(x) { let y = 2*x\n if x > 1 { return y }\n return x }\n"
        "neuron X { state V : mV = 0, u = 0; let k = sig(V, 5 mV)\n V' = -V/(1 ms)\n u' = (k - pick(u))/(1 ms) }\n");
    assert_fine(m);
    assert_line(m, "u' = ", "(1/(1 + exp(-V/5 mV)) - (2*u if 1 < u else u))/1 ms");
    test_model_free(&m);
}
END_TEST

START_TEST(kinds_extend_and_replace) {
    TestModel m = test_model(
        LIF "neuron Adapting : LIF { param E_L = -65 mV; state a = 0; a' = -a/(100 ms)\n on spike { a += 1 } }\n"
            "network N { population E : Adapting }\n");
    assert_fine(m);
    assert_line(m, "param E_L : mV = ", "-65 mV");
    const Population *p = m.model->networks.at[0]->populations.at[0];
    ck_assert_int_eq(p->events.at[0]->actions.count, 3); /* reset, refractory, then the child's */
    ck_assert_str_eq(p->events.at[0]->actions.at[2].variable->name, "a");
    test_model_free(&m);
}
END_TEST

START_TEST(arrays_and_sums_unroll) {
    TestModel m =
        test_model("neuron X { param w[3] = [1, 2, 3]; state x[3] = 0; for i in 0..2 { x[i]' = -w[i]*x[i]/(1 ms) }\n"
                   " output y = sum(i in 0..2: w[i]*x[i]) }\n");
    assert_fine(m);
    assert_line(m, "x[2]' = ", "-w[2]*x[2]/1 ms");
    assert_line(m, "output y = ", "w[0]*x[0] + w[1]*x[1] + w[2]*x[2]");
    test_model_free(&m);
}
END_TEST

START_TEST(loops_compose_names_and_read_tables) {
    TestModel m = test_model(
        LIF AMPA "table size { layer n\n L4 20\n L5 10 }\n"
                 "network N(scale = 0.5) { for L in [L4, L5], t in [E, I] { population L.t[scale*size[L].n] : LIF }\n"
                 " for a in populations, b in populations { connect a -> b via AMPA { weight = 1 nS } } }\n");
    assert_fine(m);
    const Network *n = m.model->networks.at[0];
    ck_assert_int_eq(n->populations.count, 4);
    ck_assert_str_eq(n->populations.at[3]->name, "L5.I");
    ck_assert_int_eq(n->projections.count, 16);
    for (int i = 0; i < 16; i++) { /* the last loop is the fastest */
        ck_assert_ptr_eq(n->projections.at[i]->source, n->populations.at[i / 4]);
        ck_assert_ptr_eq(n->projections.at[i]->target, n->populations.at[i % 4]);
    }
    assert_line(m, "population L5.I[", "round(scale*10)] : LIF {");
    test_model_free(&m);
}
END_TEST

START_TEST(modules_prefix_their_names) {
    TestModel m = test_model(LIF "network Column(n = 5) { population E[n] : LIF }\n"
                                 "network Two { network left : Column(n = 7)\n network right : Column }\n");
    assert_fine(m);
    const Network *two = m.model->networks.at[1];
    ck_assert_str_eq(two->name, "Two");
    ck_assert_str_eq(two->populations.at[0]->name, "left.E");
    ck_assert_str_eq(two->variables.at[1]->name, "left.n");
    test_model_free(&m);
}
END_TEST

START_TEST(values_travel_without_via) {
    TestModel m = test_model(
        "neuron Unit { input x; param b = 0; output y = tanh(x + b) }\n"
        "network N { population a[3] : Unit; population c[2] : Unit\n connect a -> c dense { weight = 0.5 } }\n");
    assert_fine(m);
    assert_line(m, "post.x += ", "weight*pre.y");
    test_model_free(&m);
}
END_TEST

START_TEST(coupling_flows_both_ways) {
    TestModel m = test_model(
        LIF "synapse Gap { param g = 1 nS; current = g*(V - pre.V) }\n"
            "network N { population A[2] : LIF; population B[2] : LIF; couple A <-> B via Gap { one_to_one } }\n");
    assert_fine(m);
    const Projection *p = m.model->networks.at[0]->projections.at[0];
    ck_assert_int_eq(p->contributions.count, 4);
    assert_line(m, "post.A_B.Gap.rest += ", "g*-pre.V");
    assert_line(m, "pre.A_B.Gap.rest += ", "g*-post.V");
    for (int i = 0; i < 2; i++) /* each side has inputs of its own */
        ck_assert_int_eq(p->contributions.at[2 * i].into->side, i ? SIDE_PRE : SIDE_POST);
    test_model_free(&m);
}
END_TEST

START_TEST(drives_count_add_and_hold) {
    TestModel m = test_model(LIF AMPA "network N { population E[10] : LIF\n"
                                      " drive E with poisson(rate = 20 Hz, each = 100) via AMPA { weight = 1 nS }\n"
                                      " drive E with spikes at 5 ms via AMPA { weight = normal(4 nS, 1 nS) }\n"
                                      " drive E.I with normal(0 nA, 1 nA) every 1 ms\n drive E with 0.5 nA }\n");
    assert_fine(m);
    const Network *n = m.model->networks.at[0];
    ck_assert_int_eq(n->drives.count, 3); /* a constant is a term of the equation */
    assert_line(m, "AMPA.g = ", "AMPA.g + weight*poisson_count(rate*each*dt)");
    assert_line(m, "V' = ", "(E_L - V + R*(I - AMPA.g*(V - AMPA.E) + drive3 + 500 pA))/tau");
    ck_assert(n->drives.at[1]->at_times);
    test_model_free(&m);
}
END_TEST

START_TEST(guards_keep_their_value) {
    TestModel m = test_model("neuron X { state V : mV = 0, n = 0; V' = -V/(1 ms)\n"
                             " spike when V > 1 mV { if V > 2 mV { V = 0; n += 1 } } }\n");
    assert_fine(m);
    const Event *e = m.model->networks.at[0]->populations.at[0]->events.at[0];
    ck_assert_int_eq(e->actions.count, 3); /* the condition, then both under it */
    ck_assert(!expression_mentions(e->actions.at[2].guard, e->actions.at[1].variable));
    test_model_free(&m);
}
END_TEST

START_TEST(rows_set_the_parameters_they_name) {
    TestModel m = test_model(LIF "table t { row tau[ms] V[mV] | n\n a 5 -55 3\n b - -56 4 }\n"
                                 "network N { population E : LIF(t.a); population F : LIF(t.b) }\n");
    assert_fine(m);
    const Network *n = m.model->networks.at[0];
    ck_assert_double_eq(n->populations.at[0]->variables.at[0]->initial->number, 0.005);
    ck_assert_double_eq(n->populations.at[1]->variables.at[0]->initial->number, 0.020);
    test_model_free(&m);
}
END_TEST

START_TEST(compartments_share_the_area) {
    TestModel m = test_model(
        "channel Leak { param g = 0.1 mS/cm^2, E = -60 mV; current = g*(V - E) }\n" AMPA
        "neuron Two { param p = 0.4, g_c = 2 mS/cm^2; membrane { C = 3 uF/cm^2; area = 1000 um^2 }\n"
        " compartments { soma(share = p), dend(share = 1 - p); soma -- dend : g_c }\n"
        " insert Leak in dend\n spike when V(soma) rises above -25 mV }\n"
        "network N { population E[2] : Two { dend.V = -70 mV }; connect E -> E.dend via AMPA { weight = 1 nS }\n"
        " drive E.soma.I with 0.1 nA }\n");
    assert_fine(m);
    assert_line(m, "soma.V' = ", "((soma.I + 100 pA)/(area*p) + g_c/p*(dend.V - soma.V))/C");
    assert_line(m, "dend.V' = ",
                "(dend.I/(area*(1 - p)) + g_c/(1 - p)*(soma.V - dend.V) - (dend.Leak.g*(dend.V - dend.Leak.E) + "
                "dend.AMPA.g*(dend.V - dend.AMPA.E)/(area*(1 - p))))/C");
    assert_line(m, "state dend.V : mV = ", "-70 mV");
    test_model_free(&m);
}
END_TEST

START_TEST(every_fires_at_multiples) {
    TestModel m = test_model("neuron X { state n = 0; every 5 ms { n += 1 } }\n");
    assert_fine(m);
    const Event *e = m.model->networks.at[0]->populations.at[0]->events.at[0];
    ck_assert_int_eq(e->condition, CONDITION_TEST);
    ck_assert(!e->spike);
    ck_assert(expression_mentions_op(e->test, EXPRESSION_FLOOR));
    test_model_free(&m);
}
END_TEST

START_TEST(messages_name_both_units_and_both_places) {
    TestModel m =
        test_model("neuron X { param R = 100 MOhm; input I : nA; state V : mV = 0\n V' = (R*I + 3)/(1 ms) }\n");
    ck_assert_int_eq(test_errors(&m, "UNIT_MISMATCH"), 1);
    const Diagnostic *d = m.c->diagnostics.list.at[0];
    ck_assert_ptr_nonnull(strstr(d->message, "mV"));
    ck_assert_ptr_nonnull(strstr(d->message, "plain number"));
    ck_assert_int_eq(d->notes.count, 2);
    ck_assert_str_eq(d->help, "a unit may be missing: 3 mV");
    test_model_free(&m);
}
END_TEST

START_TEST(one_mistake_is_one_message) {
    TestModel m = test_model("neuron X { state V : mV = 0; let a = b; let c = a + V\n V' = (c - V)/(1 ms)\n spike when "
                             "c > 1 mV { V = c } }\n");
    ck_assert_int_eq(m.c->diagnostics.errors, 1);
    test_model_free(&m);
}
END_TEST

START_TEST(unused_neurons_are_checked_too) {
    TestModel m = test_model(LIF "neuron Other { state x = 0; x' = y/(1 ms) }\nnetwork N { population E : LIF }\n");
    ck_assert_int_eq(test_errors(&m, "UNKNOWN_NAME"), 1);
    ck_assert_int_eq(m.model->networks.count, 1);
    test_model_free(&m);
}
END_TEST

START_TEST(casts_are_the_only_escape) {
    TestModel m = test_model(
        "neuron X { state V : mV = 0; param k = 3; V' = (k as mV)/(1 ms) - V/(1 ms)\n output y = V as mV }\n");
    assert_fine(m);
    assert_line(m, "output y = ", "V/1 mV");
    test_model_free(&m);
}
END_TEST

#define PLACED LIF "network N(edge = 50 um) { population E[9] : LIF { line 1 mm }; population F[3] : LIF\n"

START_TEST(conditions_choose_cells) {
    TestModel m = test_model(PLACED "drive (E where x < edge and V < E_L + 1 mV) with 1 nA\n"
                             "drive (E where x < 2*edge and V < E_L + 1 mV).I with 2 nA\n"
                             "drive (E where x < edge and V < E_L + 1 mV) with normal(0 nA, 1 nA) every 1 ms }\n");
    assert_fine(m);
    const Network *n = m.model->networks.at[0];
    ck_assert_int_eq(n->selectors.count, 2); /* the same condition is one */
    ck_assert_ptr_eq(n->selectors.at[0].population, n->populations.at[0]);
    ck_assert_int_eq(n->drives.count, 3);
    ck_assert_ptr_eq(n->drives.at[0]->view, n->drives.at[2]->view);
    ck_assert_int_eq(n->drives.at[1]->view->host_index, 1);
    test_model_free(&m);
}
END_TEST

static const struct {
    const char *rest, *error, *says;
} bad_conditions[] = {
    {"drive (E where x < edge)[0.5 mV] with 1 nA }", "UNIT_MISMATCH", "plain number"},
    {"drive (E[0..3] where x < edge) with 1 nA }", "BAD_VIEW", "among all cells"},
    {"drive (E where F.V < 0 mV) with 1 nA }", "BAD_VIEW", "none of their names"},
    {"drive (E where index) with 1 nA }", "TYPE_MISMATCH", ""},
    {"drive (F where x < edge) with 1 nA }", "UNKNOWN_NAME", "x"},
    {"drive (edge where index < 2) with 1 nA }", "BAD_VIEW", "a population is expected"},
    {"}\nexperiment e(n = 3) on N { run 1 ms step 0.1 ms; stimulate (E where index < n) with 1 nA }", "BAD_VIEW",
     "only the experiment has"},
};

START_TEST(conditions_that_mean_nothing_are_refused) {
    char source[2000];
    snprintf(source, sizeof source, "%s%s\n", PLACED, bad_conditions[_i].rest);
    TestModel m = test_model(source);
    ck_assert_int_eq(m.c->diagnostics.errors, 1);
    ck_assert_int_eq(test_errors(&m, bad_conditions[_i].error), 1);
    ck_assert_ptr_nonnull(strstr(m.c->diagnostics.list.at[0]->message, bad_conditions[_i].says));
    test_model_free(&m);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        TEST(lif_becomes_one_population),
        TEST(conditions_choose_cells),
        LOOP(conditions_that_mean_nothing_are_refused, ROWS(bad_conditions)),
        TEST(quantities_are_the_nearest_doubles),
        TEST(coefficient_on_the_left_divides),
        TEST(drawn_parameters_are_per_instance),
        TEST(two_draws_are_two_numbers),
        TEST(linear_synapse_is_shared),
        TEST(named_connection_keeps_its_own_synapse),
        TEST(nonlinear_synapse_stays_per_synapse),
        TEST(drawn_time_constant_forbids_sharing),
        TEST(membrane_sums_densities_and_points),
        TEST(gate_starts_at_its_steady_state),
        TEST(textbook_rates_have_no_singularity),
        TEST(q10_multiplies_rates),
        TEST(pool_owns_its_concentration),
        TEST(kinetic_scheme_conserves),
        TEST(functions_and_lets_are_inlined),
        TEST(kinds_extend_and_replace),
        TEST(arrays_and_sums_unroll),
        TEST(loops_compose_names_and_read_tables),
        TEST(modules_prefix_their_names),
        TEST(values_travel_without_via),
        TEST(coupling_flows_both_ways),
        TEST(drives_count_add_and_hold),
        TEST(guards_keep_their_value),
        TEST(rows_set_the_parameters_they_name),
        TEST(compartments_share_the_area),
        TEST(every_fires_at_multiples),
        TEST(messages_name_both_units_and_both_places),
        TEST(one_mistake_is_one_message),
        TEST(unused_neurons_are_checked_too),
        TEST(casts_are_the_only_escape),
    };
    return SUITE_RUN("model", rows);
}
