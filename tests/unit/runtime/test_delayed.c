/* Planes of the past: what another plane was so many steps before, on any number of threads, across changes of the delay
 * and of dt, and delays that cannot be. The cells count: x = 100*lane + t in ms, exactly, so every past is known. */
#include "image_builder.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { X, LATE, DOUBLED, LATER, PLANES };
enum { SLOT_DT, SLOT_SHORT, SLOT_LONG, SLOTS };
enum { CELLS = 200 };
#define DT 1e-4

static void start(const HilCall *call) {
    double *x = call->planes[0];
    for (int64_t i = call->begin; i < call->end; i++) x[i] = 100.0 * (double)i;
}

static void advance(const HilCall *call) {
    double *x = call->planes[0];
    for (int64_t i = call->begin; i < call->end; i++) x[i] += 1e3 * call->uniforms[0];
}

/* doubled = 2*late: of what has just been taken up */
static void twice(const HilCall *call) {
    const double *late = call->planes[0];
    double *doubled = call->planes[1];
    for (int64_t i = call->begin; i < call->end; i++) doubled[i] = 2 * late[i];
}

static ImageBuilder *counting(double first, double second) {
    ImageBuilder *b = builder_new();
    HilScalar scalars[SLOTS] = {
        builder_scalar(b, "dt", HIL_SCALAR_STEP, -1),
        builder_scalar(b, "net.short", HIL_SCALAR_PARAMETER, builder_number(b, first)),
        builder_scalar(b, "net.long", HIL_SCALAR_PARAMETER, builder_number(b, second))};
    HilPopulation p = builder_population(b, "A", CELLS);
    HilPlaneRef both[2] = {of_population(0, LATE), of_population(0, DOUBLED)}, x = of_population(0, X);
    int32_t dt = SLOT_DT;
    HilRange use = builder_one_use(b, builder_kernel(b, "twice", HIL_SHAPE_LANES, 2, 0, 0, twice), both, 2, NULL, 0);
    p.init = builder_one_use(b, builder_kernel(b, "start", HIL_SHAPE_LANES, 1, 0, 0, start), &x, 1, NULL, 0);
    p.advance = builder_one_use(b, builder_kernel(b, "advance", HIL_SHAPE_LANES, 1, 1, 0, advance), &x, 1, &dt, 1);
    HilPlane planes[PLANES] = {builder_plane(b, "x", HIL_PLANE_STATE, 0),
                               builder_plane(b, "late", HIL_PLANE_HIDDEN, HIL_PLANE_DELAYED),
                               builder_plane(b, "doubled", HIL_PLANE_HIDDEN, 0),
                               builder_plane(b, "later", HIL_PLANE_HIDDEN, HIL_PLANE_DELAYED)};
    planes[LATE].delayed_plane = X, planes[LATE].delay_slot = SLOT_SHORT, planes[LATE].delayed_use = -1;
    planes[LATER].delayed_plane = DOUBLED, planes[LATER].delay_slot = SLOT_LONG, planes[LATER].delayed_use = use.first;
    p.planes = builder_rows(b, HIL_PLANES, planes, PLANES);
    HilNetwork network = {.name = builder_text(b, "Net"), .line = 1, .step_slot = SLOT_DT};
    network.scalars = builder_rows(b, HIL_SCALARS, scalars, SLOTS);
    network.populations = builder_rows(b, HIL_POPULATIONS, &p, 1);
    builder_rows(b, HIL_NETWORKS, &network, 1);
    return b;
}

static HilSimulation *with_threads(ImageBuilder *b, int threads) {
    HilSettings settings = hil_settings_default();
    settings.threads = threads;
    return builder_simulation(b, &settings);
}

static void run(HilSimulation *s, double duration, double dt) {
    HilError error = {{0}};
    ck_assert_msg(hil_simulation_run(s, duration, dt, &error) == HIL_RUN_DONE, "%s", error.text);
}

/* In every lane a plane is base*lane + value; what stands in it was taken up at the last step's start. */
static void expect_plane(const HilSimulation *s, int32_t plane, double base, double value) {
    for (int64_t i = 0; i < CELLS; i++) {
        double seen = hil_plane_value(hil_simulation_plane(s, 0, plane), i);
        ck_assert_msg(fabs(seen - (base * (double)i + value)) < 1e-9, "plane %d, lane %d: %.12g instead of %.12g", plane,
                      (int)i, seen, base * (double)i + value);
    }
}

START_TEST(the_past_is_so_many_steps_before) {
    ImageBuilder *b = counting(0.5e-3, 1e-3);
    HilSimulation *s = with_threads(b, 1 + _i);
    run(s, 4 * DT, DT);
    expect_plane(s, LATE, 100, 0); /* before the first step: what was at the first */
    expect_plane(s, LATER, 200, 0);
    run(s, 6 * DT, DT);
    expect_plane(s, LATE, 100, 0.9 - 0.5);
    expect_plane(s, LATER, 200, 0);
    run(s, 10 * DT, DT);
    expect_plane(s, LATE, 100, 1.9 - 0.5);
    expect_plane(s, LATER, 200, 2 * (1.9 - 1.5)); /* 2*late 1 ms before */
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(no_delay_is_the_present) {
    ImageBuilder *b = counting(0, 0.4 * DT);
    HilSimulation *s = with_threads(b, 2);
    run(s, 10 * DT, DT);
    expect_plane(s, LATE, 100, 0.9);
    expect_plane(s, LATER, 200, 2 * 0.9);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(the_past_outlives_changes) {
    ImageBuilder *b = counting(1e-3, 0);
    HilSimulation *s = with_threads(b, 2);
    HilError error;
    run(s, 30 * DT, DT);
    expect_plane(s, LATE, 100, 2.9 - 1);
    run(s, 2 * DT / 2, DT / 2); /* finer: between two old steps the nearer one stands */
    for (int64_t i = 0; i < CELLS; i++) {
        double late = hil_plane_value(hil_simulation_plane(s, 0, LATE), i) - 100.0 * (double)i;
        ck_assert_double_le(fabs(late - (3.05 - 1)), 0.05 + 1e-9);
    }
    run(s, 40 * DT / 2, DT / 2);
    expect_plane(s, LATE, 100, 5.05 - 1);
    run(s, 5 * DT, DT); /* coarser: old steps that the new ones meet */
    expect_plane(s, LATE, 100, 5.5 - 1);
    ck_assert(hil_simulation_set(s, SLOT_SHORT, 0.3e-3, &error));
    run(s, DT, DT);
    expect_plane(s, LATE, 100, 5.6 - 0.3);
    ck_assert(hil_simulation_set(s, SLOT_SHORT, 2e-3, &error)); /* longer than what was kept: the oldest value */
    run(s, DT, DT);
    expect_plane(s, LATE, 100, 5.7 - 0.3);
    run(s, 20 * DT, DT);
    expect_plane(s, LATE, 100, 7.7 - 2);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(delays_that_cannot_be_are_named) {
    const double wrong[] = {-1e-3, NAN, 1e9};
    ImageBuilder *b = counting(wrong[_i], 0);
    HilSimulation *s = with_threads(b, 1);
    HilError error = {{0}};
    ck_assert(!hil_simulation_build(s, DT, &error));
    ck_assert_msg(strstr(error.text, "A.late (test.hil:3): a delay of") != NULL, "%s", error.text);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(memory_for_the_past_is_predicted) {
    ImageBuilder *b = counting(1000, 0); /* 10^7 steps of 200 cells in double precision: 16 GB and more */
    HilSettings settings = hil_settings_default();
    settings.memory_limit = 1e9;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error = {{0}};
    ck_assert(!hil_simulation_build(s, DT, &error));
    ck_assert_msg(strstr(error.text, "GB of memory") != NULL, "%s", error.text);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

/* Every byte of the image changed: an error or a simulation that can be freed, never a crash. */
START_TEST(damaged_images_are_refused) {
    ImageBuilder *b = counting(1e-3, 1e-3);
    const HilImage *image = builder_image(b);
    HilError error;
    HilSettings settings = hil_settings_default();
    char *copy = aligned_alloc(16, (image->bytes + 15) / 16 * 16);
    ck_assert_ptr_nonnull(copy);
    uint64_t planes = image->tables[HIL_PLANES].offset;
    size_t refused = 0;
    for (size_t at = planes; at < planes + PLANES * sizeof(HilPlane); at++) {
        memcpy(copy, image, image->bytes);
        copy[at] = (char)(copy[at] ^ 0x85);
        HilSimulation *s = hil_simulation_new((const HilImage *)copy, builder_functions(b), 0, -1, &settings, &error);
        refused += s == NULL;
        hil_simulation_free(s);
    }
    ck_assert_uint_ge(refused, 2 * 3 * 4); /* at least every byte of plane, slot and use of both */
    free(copy);
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(30),
        LOOP(the_past_is_so_many_steps_before, 4),
        TEST(no_delay_is_the_present),
        TEST(the_past_outlives_changes),
        LOOP(delays_that_cannot_be_are_named, 3),
        TEST(memory_for_the_past_is_predicted),
        TEST(damaged_images_are_refused),
    };
    return SUITE_RUN("values of the past", rows);
}
