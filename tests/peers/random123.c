/* Compares the runtime's generator with Random123 over edge cases and a million counters. Prints how many blocks it
 * compared, how many words differ, and how many of the doubles made of them are not what random.h says. */
#include "hillock/random.h"

#include <Random123/philox.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Weyl sequences: any numbers far apart will do. */
static uint32_t spread(uint64_t i, uint32_t salt) { return (uint32_t)((i * 0x9e3779b97f4a7c15u + salt) >> 29); }

int main(void)
{
    static const uint32_t edges[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};
    uint64_t blocks = 0, words = 0, doubles = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        uint32_t counter[4], key[2], ours[4];
        for (uint32_t j = 0; j < 4; j++)
            counter[j] = spread(i, j * 0x1234567u);
        for (uint32_t j = 0; j < 2; j++)
            key[j] = spread(i, 0x89abcdefu + j);
        if (i < 15625) { /* every combination of the edges: 5^6 */
            uint64_t rest = i;
            for (int j = 0; j < 6; j++, rest /= 5)
                *(j < 4 ? &counter[j] : &key[j - 4]) = edges[rest % 5];
        }
        philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
        philox4x32_key_t k = {{key[0], key[1]}};
        philox4x32_ctr_t theirs = philox4x32(c, k);
        hil_philox(counter, key, ours);
        for (int j = 0; j < 4; j++)
            words += ours[j] != theirs.v[j];
        for (int j = 0; j < 4; j += 2) {
            uint64_t both = (uint64_t)theirs.v[j] << 32 | theirs.v[j + 1];
            double wanted = ldexp((double)(both >> 12) + 0.5, -52);
            doubles += hil_random_uniform(ours[j], ours[j + 1]) != wanted || !(wanted > 0 && wanted < 1);
        }
        blocks++;
    }
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", blocks, words, doubles);
    return 0;
}
