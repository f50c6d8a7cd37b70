/* Random draws: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) over lanes, keyed as hillock/random.h says, and the
 * runtime's inversions for counts.
 * In: the index of a draw, where the lanes are. Out: the uniforms that hil_random_words and hil_random_uniform(f) give.
 * Words are kept in the low halves of 64-bit lanes, where the products are made. */
#include "codegen/llvm.h"
#include <string.h>

static Value low_half(Emitter *e, Value words) {
    LLVMBuilderRef b = e->m->builder;
    Value narrow = LLVMBuildTrunc(b, words, build_vector(e, e->m->i32), "");
    return LLVMBuildZExt(b, narrow, build_vector(e, e->m->i64), "");
}

static Value splat_word(Emitter *e, Value word) {
    return build_splat(e, LLVMBuildZExt(e->m->builder, word, e->m->i64, ""));
}

static Value times(Emitter *e, Value words, uint32_t factor) {
    return LLVMBuildMul(e->m->builder, words, build_splat(e, build_i64(e->m, factor)), "");
}

static Value mix(Emitter *e, Value product, Value other, Value key) {
    LLVMBuilderRef b = e->m->builder;
    Value high = LLVMBuildLShr(b, product, build_splat(e, build_i64(e->m, 32)), "");
    return LLVMBuildXor(b, LLVMBuildXor(b, high, other, ""), splat_word(e, key), "");
}

enum { ROUNDS = 10, WORDS = 4, CARRIED = WORDS + 3 /* both keys, rounds left */ };

/* One round: the words and keys in `now` become those in `next`. */
static void philox_round(Emitter *e, const Value *now, Value *next) {
    LLVMBuilderRef b = e->m->builder;
    Value left = times(e, now[0], 0xD2511F53), right = times(e, now[2], 0xCD9E8D57);
    next[0] = mix(e, right, now[1], now[WORDS]);
    next[2] = mix(e, left, now[3], now[WORDS + 1]);
    next[1] = low_half(e, right);
    next[3] = low_half(e, left);
    next[WORDS] = LLVMBuildAdd(b, now[WORDS], build_i32(e->m, 0x9E3779B9), "");
    next[WORDS + 1] = LLVMBuildAdd(b, now[WORDS + 1], build_i32(e->m, 0xBB67AE85), "");
}

/* A loop of rounds takes a tenth longer to run than ten rounds in a row, which take LLVM as long as all the rest of a
 * small model, for it asks of every bit where it comes from. */
static void philox_loop(Emitter *e, Value start[CARRIED]) {
    LLVMBuilderRef b = e->m->builder;
    Block before = LLVMGetInsertBlock(b), round = build_block(e, "round"), after = build_block(e, "drawn");
    Value now[CARRIED], next[CARRIED];
    LLVMBuildBr(b, round);
    LLVMPositionBuilderAtEnd(b, round);
    for (int i = 0; i < CARRIED; i++) {
        now[i] = LLVMBuildPhi(b, LLVMTypeOf(start[i]), "");
        LLVMAddIncoming(now[i], &start[i], &before, 1);
    }
    philox_round(e, now, next);
    next[WORDS + 2] = LLVMBuildSub(b, now[WORDS + 2], build_i32(e->m, 1), "");
    for (int i = 0; i < CARRIED; i++) LLVMAddIncoming(now[i], &next[i], &round, 1);
    Value more = LLVMBuildICmp(b, LLVMIntNE, next[WORDS + 2], build_i32(e->m, 0), "");
    LLVMBuildCondBr(b, more, round, after);
    LLVMPositionBuilderAtEnd(b, after);
    for (int i = 0; i < CARRIED; i++) start[i] = next[i];
}

static void philox(Emitter *e, Value words[WORDS], Value key_a, Value key_b) {
    Value now[CARRIED] = {words[0], words[1], words[2], words[3], key_a, key_b, build_i32(e->m, ROUNDS)};
    if (e->kernel->seldom) {
        philox_loop(e, now);
    } else {
        Value next[CARRIED];
        for (int round = 0; round < ROUNDS; round++) {
            philox_round(e, now, next);
            for (int i = 0; i < WORDS + 2; i++) now[i] = next[i];
        }
    }
    for (int i = 0; i < WORDS; i++) words[i] = now[i];
}

/* What names the instance: one number, or a pair for a connection. */
static void instance(Emitter *e, Value *first, Value *second) {
    *second = NULL;
    switch (e->kernel->shape) {
    case HIL_SHAPE_ROW:
        *first = memory_index_integers(e, KERNEL_PRE);
        *second = memory_row_offset(e);
        break;
    case HIL_SHAPE_EDGE:
    case HIL_SHAPE_FROM:
        *first = memory_index_integers(e, KERNEL_PRE);
        *second = memory_index_integers(e, KERNEL_POST);
        break;
    default: *first = memory_index_integers(e, KERNEL_SELF); break;
    }
}

static void draw_words(Emitter *e, int index) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Value first, second, stream = build_splat(e, e->stream);
    instance(e, &first, &second);
    if (second) {
        Value spread = LLVMBuildMul(b, second, build_splat(e, build_i32(m, 0x9E3779B9)), "");
        stream = LLVMBuildAdd(b, stream, spread, "");
    }
    Type lanes = build_vector(e, m->i64);
    e->random_words[0] = LLVMBuildZExt(b, first, lanes, "");
    e->random_words[1] = LLVMBuildZExt(b, stream, lanes, "");
    e->random_words[2] = build_splat(e, build_i64(m, (uint32_t)index));
    e->random_words[3] = splat_word(e, LLVMBuildTrunc(b, e->step, m->i32, ""));
    Value high = LLVMBuildLShr(b, e->seed, build_i64(m, 32), "");
    philox(e, e->random_words, LLVMBuildTrunc(b, e->seed, m->i32, ""), LLVMBuildTrunc(b, high, m->i32, ""));
    e->random_block = LLVMGetInsertBlock(b);
    e->random_index = index;
}

/* The bits under the exponent of 1 read as 1 + bits * 2^-52 (f32: 2^-23); less 1 - 2^-53 (2^-24), exactly, that is the
 * uniform. */
Value random_uniform(Emitter *e, int index, int which) {
    LLVMBuilderRef b = e->m->builder;
    if (e->random_block != LLVMGetInsertBlock(b) || e->random_index != index) draw_words(e, index);
    Value bits = e->random_words[2 * which];
    if (e->narrow) {
        bits = LLVMBuildTrunc(b, bits, build_vector(e, e->m->i32), "");
        bits = LLVMBuildLShr(b, bits, build_bits(e, 9), "");
        bits = LLVMBuildOr(b, bits, build_bits(e, 0x3f800000u), "");
    } else {
        bits = LLVMBuildOr(b, LLVMBuildShl(b, bits, build_bits(e, 32), ""), e->random_words[2 * which + 1], "");
        bits = LLVMBuildLShr(b, bits, build_bits(e, 12), "");
        bits = LLVMBuildOr(b, bits, build_bits(e, 0x3ff0000000000000u), "");
    }
    Value one = LLVMBuildBitCast(b, bits, build_vector(e, e->real), "");
    return LLVMBuildFSub(b, one, build_real(e, e->narrow ? 1 - 0x1p-24 : 1 - 0x1p-53), "");
}

/* hil_poisson or hil_binomial, lane by lane, in double. */
Value random_count(Emitter *e, const char *name, Value *operands, int count) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Type parameters[3] = {m->f64, m->f64, m->f64};
    Type type = LLVMFunctionType(m->f64, parameters, (unsigned)count, false);
    Value function = LLVMGetNamedFunction(m->module, name);
    if (!function) {
        function = LLVMAddFunction(m->module, name, type);
        const char *kinds[] = {"nounwind", "willreturn"};
        for (int i = 0; i < 2; i++) {
            unsigned kind = LLVMGetEnumAttributeKindForName(kinds[i], strlen(kinds[i]));
            LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(m->context, kind, 0));
        }
    }
    Value result = LLVMGetPoison(build_vector(e, e->real));
    for (int lane = 0; lane < e->width; lane++) {
        Value arguments[3];
        for (int i = 0; i < count; i++) arguments[i] = build_fit(e, build_lane(e, operands[i], lane), m->f64);
        Value drawn = LLVMBuildCall2(b, type, function, arguments, (unsigned)count, "");
        drawn = build_fit(e, drawn, e->real);
        result = e->width == 1 ? drawn : LLVMBuildInsertElement(b, result, drawn, build_i32(m, (uint32_t)lane), "");
    }
    return result;
}
