/* Arena and vector: alignment, zeroing, growth. */
#include "base/arena.h"
#include "base/vector.h"
#include "suite.h"

#include <stdint.h>
#include <string.h>

START_TEST(blocks_are_zeroed_and_aligned) {
    Arena *arena = arena_new();
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *block = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)block % 16, 0);
        for (size_t i = 0; i < size; i++) ck_assert_uint_eq(block[i], 0);
        memset(block, 0xAA, size);
    }
    arena_free(arena);
}
END_TEST

START_TEST(large_blocks_do_not_disturb_small_ones) {
    Arena *arena = arena_new();
    int *first = arena_array_of(arena, int, 4);
    memcpy(first, (int[]){1, 2, 3, 4}, 4 * sizeof *first);
    char *large = arena_alloc(arena, 10 << 20);
    int *second = arena_array_of(arena, int, 4);
    memset(large, 1, 10 << 20);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(first[i], i + 1);
        ck_assert_int_eq(second[i], 0);
    }
    ck_assert(arena_used(arena) >= 10 << 20);
    arena_free(arena);
}
END_TEST

START_TEST(a_first_block_may_be_large) {
    Arena *arena = arena_new();
    char *large = arena_alloc(arena, 1 << 20);
    memset(large, 7, 1 << 20);
    char *small = arena_alloc(arena, 8);
    ck_assert_int_eq(small[0], 0);
    small[0] = 1;
    ck_assert_int_eq(large[(1 << 20) - 1], 7);
    arena_free(arena);
}
END_TEST

START_TEST(vectors_keep_what_was_pushed) {
    Arena *arena = arena_new();
    VECTOR(int) numbers = {0};
    for (int i = 0; i < 10000; i++) vector_push(arena, &numbers, i * i);
    ck_assert_int_eq(numbers.count, 10000);
    for (int i = 0; i < 10000; i++) ck_assert_int_eq(numbers.at[i], i * i);
    ck_assert_int_eq(vector_last(&numbers), 9999 * 9999);
    arena_free(arena);
}
END_TEST

START_TEST(printed_text_is_whole) {
    Arena *arena = arena_new();
    char expected[400];
    memset(expected, 'x', sizeof expected - 1);
    expected[sizeof expected - 1] = 0;
    ck_assert_str_eq(arena_print(arena, "%s%d", expected, 42) + 399, "42");
    ck_assert_str_eq(arena_copy_text(arena, "spike", 3), "spi");
    arena_free(arena);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(blocks_are_zeroed_and_aligned),
        TEST(large_blocks_do_not_disturb_small_ones),
        TEST(a_first_block_may_be_large),
        TEST(vectors_keep_what_was_pushed),
        TEST(printed_text_is_whole),
    };
    return SUITE_RUN("base arena", rows);
}
