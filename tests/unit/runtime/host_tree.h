/* Host programs written by hand for tests: nodes, kids and texts in growing arrays. */
#ifndef HILLOCK_TESTS_HOST_TREE_H
#define HILLOCK_TESTS_HOST_TREE_H

#include "hillock/host.h"

typedef struct HostTree {
    HilNode nodes[4096];
    int32_t kids[16384];
    char text[65536];
    int32_t node_count, kid_count;
    uint32_t text_size;
} HostTree;

void tree_clear(HostTree *tree);
uint32_t tree_text(HostTree *tree, const char *text);
/* A node of `count` kids; its line is its number plus one. */
int32_t tree_node(HostTree *tree, int op, int index, double number, const char *text, int count, const int32_t *kids);
int32_t tree_number(HostTree *tree, double number);
HilHostCode tree_code(const HostTree *tree);

#endif
