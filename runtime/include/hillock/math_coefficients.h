/* Coefficients of the polynomials in hillock/math_algorithms.h, as printed by coefficients.sollya (in runtime/src),
 * which says what each table approximates and where. */
#ifndef HILLOCK_MATH_COEFFICIENTS_H
#define HILLOCK_MATH_COEFFICIENTS_H

/* error below 2^-57 */
static const double math_exp_f64[] = {
    0x1.000000000000ap-1,
    0x1.55555555554fdp-3,
    0x1.555555555069cp-5,
    0x1.1111111126ecbp-7,
    0x1.6c16c18482215p-10,
    0x1.a01a012edf54ap-13,
    0x1.a01999392aab7p-16,
    0x1.71df1af29698ep-19,
    0x1.28ae252d6f41dp-22,
    0x1.ad904c20a5b2fp-26,
};

/* error below 2^-28 */
static const double math_exp_f32[] = {
    0x1.fffffcp-2,
    0x1.55549p-3,
    0x1.55589ep-5,
    0x1.123abcp-7,
    0x1.6a624cp-10,
};

/* error below 2^-59 */
static const double math_log_f64[] = {
    0x1.5555555555592p-1,
    0x1.999999997ff58p-2,
    0x1.24924941dc60dp-2,
    0x1.c71c5218e11f5p-3,
    0x1.74663bf27dcf1p-3,
    0x1.39a2024d18ee6p-3,
    0x1.2f02bc1b2f46bp-3,
};

/* error below 2^-34 */
static const double math_log_f32[] = {
    0x1.555554p-1,
    0x1.999bd4p-2,
    0x1.23f1ap-2,
    0x1.ec1e42p-3,
};

/* error below 2^-73 */
static const double math_log_long_f64[] = {
    0x1.9999999999996p-2,
    0x1.2492492492f4bp-2,
    0x1.c71c71c59796ap-3,
    0x1.745d1828c79ebp-3,
    0x1.3b1364f1016b5p-3,
    0x1.1120692f23e3ep-3,
    0x1.de3e606607dcfp-4,
    0x1.eabe236a092aep-4,
};

/* error below 2^-36 */
static const double math_log_long_f32[] = {
    0x1.999ap-2,
    0x1.245282p-2,
    0x1.dfa07cp-3,
};

/* error below 2^-57 */
static const double math_sin_f64[] = {
    -0x1.5555555555545p-3,
    0x1.111111110f281p-7,
    -0x1.a01a019b51f18p-13,
    0x1.71de34d0fd286p-19,
    -0x1.ae5de34ff438bp-26,
    0x1.5d6cf65ff9cf9p-33,
};

/* error below 2^-27 */
static const double math_sin_f32[] = {
    -0x1.555544p-3,
    0x1.1106aep-7,
    -0x1.990f92p-13,
};

/* error below 2^-63 */
static const double math_cos_f64[] = {
    0x1.5555555555548p-5,
    -0x1.6c16c16c149a9p-10,
    0x1.a01a019befa6bp-16,
    -0x1.27e4f77ebfeacp-22,
    0x1.1ee98deec25f1p-29,
    -0x1.8f7e4238c61abp-37,
};

/* error below 2^-32 */
static const double math_cos_f32[] = {
    0x1.555548p-5,
    -0x1.6c0b08p-10,
    0x1.999a6cp-16,
};

/* error below 2^-59 */
static const double math_atan_f64[] = {
    -0x1.555555555553dp-2,
    0x1.999999999586dp-3,
    -0x1.24924922ad6edp-3,
    0x1.c71c70e613401p-4,
    -0x1.745cf8dcacc2cp-4,
    0x1.3b11191f75b4cp-4,
    -0x1.10ebb86a779eap-4,
    0x1.df0f4dc533861p-5,
    -0x1.9cd2cc3bca9b5p-5,
    0x1.37d5d6ce4a661p-5,
    -0x1.256ae1c819cccp-6,
};

/* error below 2^-30 */
static const double math_atan_f32[] = {
    -0x1.55554ap-2,
    0x1.9991e4p-3,
    -0x1.23b9d6p-3,
    0x1.b227aep-4,
    -0x1.f2f74cp-5,
};

/* error below 2^-56 */
static const double math_erf_f64[] = {
    0x1.06eba8214db69p-3,
    -0x1.812746b0379fdp-2,
    0x1.ce2f21a04360fp-4,
    -0x1.b82ce312ab0a3p-6,
    0x1.565bcd126d6edp-8,
    -0x1.c02db49229b1fp-11,
    0x1.f9a3342152cf5p-14,
    -0x1.f4d31d85b4f19p-17,
    0x1.b9ed71fb0f591p-20,
    -0x1.5f8e4d240cd84p-23,
    0x1.fc0d5c2ee7653p-27,
    -0x1.452ac54f53ebbp-30,
    0x1.25ec3cb65512ap-34,
};

/* error below 2^-29 */
static const double math_erf_f32[] = {
    0x1.06eba8p-3,
    -0x1.81273ep-2,
    0x1.ce2cf2p-4,
    -0x1.b7f88cp-6,
    0x1.540172p-8,
    -0x1.a3d812p-11,
    0x1.4917a4p-14,
};

/* error below 2^-55 */
static const double math_erf_tail_f64[] = {
    -0x1.d97fbf27aa2a1p0,
    -0x1.51c9b0006c21ap1,
    -0x1.afabc11a2afd9p-1,
    -0x1.5477f099b6c88p-5,
    0x1.48c9d37fc20b4p-7,
    -0x1.033f5a12fc663p-9,
    0x1.f1b04a8f378c4p-13,
    0x1.b92dd97899d74p-16,
    -0x1.c852aa0c12644p-16,
    0x1.44846446ee539p-17,
    -0x1.1e247370b17ffp-19,
    0x1.b7cf2292c87ddp-23,
    0x1.f25cbb02b244p-25,
    -0x1.1ed8cee88d858p-25,
    0x1.24b8fb9901e33p-27,
    -0x1.6a9ee8346c747p-30,
    0x1.066cb52c73a15p-33,
    -0x1.5661e2842283bp-38,
};

/* error below 2^-26 */
static const double math_erf_tail_f32[] = {
    -0x1.d97fcp0,
    -0x1.51c9bp1,
    -0x1.afabbcp-1,
    -0x1.547accp-5,
    0x1.49033ap-7,
    -0x1.05c1bp-9,
    0x1.1a7506p-12,
    -0x1.d84edp-18,
    -0x1.69dc56p-18,
    0x1.a53094p-21,
};

#endif
