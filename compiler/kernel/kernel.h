/* Kernel: a lane program in SSA form: what one instance (neuron, synapse) does, said once and run at any width.
 *
 * A kernel knows no owner and no address: it has a list of planes (arrays over instances, each indexed as SELF, PRE or
 * POST) and a list of uniforms (one double for all lanes); a use binds them (hillock/abi.h). Values are reals of the
 * kernel's precision or masks. Instructions stand in one flat array; an operand is the number of an earlier
 * instruction. What holds always (kernel_verify): operands precede their use and have the op's types; values defined
 * inside a loop are used outside only through RESULT; effects (STORE, ACCUMULATE, FIRE) stand outside loops.
 *
 * Loops: LOOP(max) … CARRY(init) … NEXT(carry, value) … END(mask) … RESULT(carry). The body runs at least once; a lane
 * goes on while its mask is true and fewer than `max` rounds are done; each lane keeps its own values when others go
 * on, so results do not depend on the width. Every CARRY directly follows its LOOP; loops nest.
 *
 * Memory: a LOAD sees the value before the kernel's own STOREs and ACCUMULATEs: in effect all loads of a lane come
 * first, then its effects in order, then the effects of the next lane. A plane is written (STORE or ACCUMULATE) at most
 * once, an event fired at most once; in ROW kernels several synapses may hit the same POST lane: each synapse's loads
 * see the stores of the synapses before it. A plane that lanes of one vector share (EDGE: PRE and POST, FROM: PRE) is
 * never stored to, and not loaded when it is accumulated to. kernel_verify refuses all else; synapses (ROW, EDGE) fire
 * nothing.
 *
 * Text form (kernel_print / kernel_parse, exact inverse of each other):
 *   kernel advance_LIF lanes f64 {
 *     plane V self f64
 *     uniform "P.V.V"
 *     event spike
 *     function "hil_extern_0_rate"
 *     %0 = load V
 *     %1 = uniform "P.V.V"
 *     %2 = const 0x1.8p+0
 *     %3 = fma %0 %1 %2
 *     store V %3
 *     %5 = lt %2 %3
 *     fire spike %5
 *   }                                                                                                              */
#ifndef HILLOCK_KERNEL_KERNEL_H
#define HILLOCK_KERNEL_KERNEL_H

#include "base/compilation.h"
#include "base/vector.h"
#include "hillock/abi.h"
#include <stdbool.h>

typedef enum KernelType { KERNEL_NONE, KERNEL_REAL, KERNEL_MASK } KernelType;

typedef enum KernelOp {
#define KERNEL_OP(ID, text, result, operands, immediate, class) KERNEL_##ID,
#include "kernel/ops.def"
#undef KERNEL_OP
    KERNEL_OP_COUNT
} KernelOp;

typedef struct KernelOpInfo {
    const char *text;      /* "fma" */
    KernelType result;
    const char *operands;  /* one letter each: r real, m mask, l loop, c carry */
    char immediate;        /* '-' none, 'n' number, 'p' plane, 'u' uniform, 'e' event, 'i' integer,
                              'x' function */
    char class;            /* 'b' basic, 'm' elementary function (expanded by kernel_lower), 'e' effect, 'l' loop,
                              'v' value source, 'r' random, 'x' a user's function in C */
} KernelOpInfo;

const KernelOpInfo *kernel_op_info(KernelOp op);

typedef enum KernelIndex { KERNEL_SELF, KERNEL_PRE, KERNEL_POST } KernelIndex;

typedef struct KernelPlane {
    Name name;
    KernelIndex index;
    int storage; /* HIL_F64 or HIL_F32 */
} KernelPlane;

typedef struct KernelInstruction {
    uint16_t op;
    int32_t expansion; /* which elementary function kernel_lower made it for, 0: none; a hint for code */
    int32_t operands[3];
    int32_t index;  /* plane, uniform, event, function, integer */
    double number;  /* CONST */
    Span span;      /* the model's text that asked for it */
} KernelInstruction;

/* A function in C that a kernel calls by name. The interpreter goes through the address, which is no part of what the
 * kernel is; code is linked by name. */
typedef void KernelAddress(void); /* of a double f(double), f(double, double) or f(double, double, double) */
typedef struct KernelFunction {
    Name name;
    KernelAddress *address; /* NULL until kernel_bind_functions */
} KernelFunction;

typedef struct Kernel {
    Name name;
    int shape;     /* HIL_SHAPE_… */
    int precision; /* HIL_F64 or HIL_F32: what reals are computed in */
    VECTOR(KernelPlane) planes;
    VECTOR(Name) uniforms;
    VECTOR(Name) events;
    VECTOR(KernelFunction) functions;
    VECTOR(KernelInstruction) code;
    int64_t lanes; /* LANES: no call has more of them, 0: unknown; a hint for code, no part of what the kernel is */
    bool seldom;   /* runs at few moments: short code matters more than fast code; a hint likewise */
    Span span; /* given to instructions emitted from now on (kernel_at); no part of what the kernel is */
} Kernel;

/* ---- building (each returns the number of the new instruction, its value) ---- */
Kernel *kernel_new(Arena *arena, Name name, int shape, int precision);
int kernel_plane(Arena *arena, Kernel *kernel, Name name, KernelIndex index, int storage); /* finds or adds */
int kernel_uniform_slot(Arena *arena, Kernel *kernel, Name name);                          /* finds or adds */
int kernel_event(Arena *arena, Kernel *kernel, Name name);                                 /* finds or adds */
int kernel_function(Arena *arena, Kernel *kernel, Name name);                              /* finds or adds */
int kernel_constant(Arena *arena, Kernel *kernel, double number);
int kernel_load(Arena *arena, Kernel *kernel, int plane);
int kernel_uniform(Arena *arena, Kernel *kernel, int uniform);
int kernel_emit(Arena *arena, Kernel *kernel, KernelOp op, int a, int b, int c); /* unused operands are -1 */
int kernel_emit_index(Arena *arena, Kernel *kernel, KernelOp op, int index, int a, int b);
int kernel_call(Arena *arena, Kernel *kernel, int function, const int *operands, int count); /* 1 to 3 reals */
int kernel_store(Arena *arena, Kernel *kernel, int plane, int value);
/* The span given to instructions emitted from now on is the one last set. */
void kernel_at(Kernel *kernel, Span span);

/* ---- what one can do with one ---- */
/* Checks all that the top of this file promises; on failure adds an INTERNAL diagnostic and returns false. */
bool kernel_verify(Compilation *c, const Kernel *kernel);
void kernel_print(const Kernel *kernel, FILE *out);
Kernel *kernel_parse(Compilation *c, const char *text, size_t length); /* NULL and diagnostics when malformed */
/* Expands class 'm' ops (by hillock/math_algorithms.h) and removes what is dead; the result has only basic ops. */
Kernel *kernel_lower(Arena *arena, const Kernel *kernel);
/* Equal in everything but name and spans; and a hash with that equality. */
bool kernel_equal(const Kernel *a, const Kernel *b);
uint64_t kernel_hash(const Kernel *kernel);
/* Alike: one's code does the other's work, for a use binds planes, uniforms and events by their place, whatever they
 * are called. Functions in C are linked by name and count. */
bool kernel_alike(const Kernel *a, const Kernel *b);
uint64_t kernel_alike_hash(const Kernel *kernel);
/* Gives the kernel's functions their addresses, by name, for kernel_interpret; false when `find` knows one not. */
bool kernel_bind_functions(Kernel *kernel, KernelAddress *(*find)(void *context, Name name), void *context);
/* The oracle: runs a (lowered) kernel as its compiled code must, lane after lane. */
void kernel_interpret(const Kernel *kernel, const HilCall *call);

#endif
