/* HIL_EACH_LEVEL: a function that is compiled for each machine level and chosen at start, all that it calls in this file
 * inside it. Only for what gives the same bits at each of them. */
#ifndef HILLOCK_CLONES_H
#define HILLOCK_CLONES_H

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define HIL_EACH_LEVEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), flatten))
#else
#define HIL_EACH_LEVEL
#endif

#endif
