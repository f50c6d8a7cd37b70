/* See host_tree.h. Nothing is checked beyond the arrays' ends: tests also write trees that are wrong. */
#include "host_tree.h"

#include <stdlib.h>
#include <string.h>

void tree_clear(HostTree *tree) {
    memset(tree, 0, sizeof *tree);
    tree->text_size = 1; /* offset 0 is "" */
}

uint32_t tree_text(HostTree *tree, const char *text) {
    size_t length = text ? strlen(text) : 0;
    if (length == 0)
        return 0;
    if (tree->text_size + length + 1 > sizeof tree->text)
        abort();
    uint32_t at = tree->text_size;
    memcpy(tree->text + at, text, length + 1);
    tree->text_size += (uint32_t)length + 1;
    return at;
}

int32_t tree_node(HostTree *tree, int op, int index, double number, const char *text, int count, const int32_t *kids) {
    if (tree->node_count == 4096 || tree->kid_count + count > 16384)
        abort();
    tree->nodes[tree->node_count] = (HilNode){.op = (uint16_t)op, .index = index, .number = number,
                                              .text = tree_text(tree, text), .kids = {tree->kid_count, count},
                                              .line = (uint32_t)tree->node_count + 1};
    for (int k = 0; k < count; k++)
        tree->kids[tree->kid_count++] = kids[k];
    return tree->node_count++;
}

int32_t tree_number(HostTree *tree, double number) {
    return tree_node(tree, HIL_HOST_NUMBER, 0, number, NULL, 0, NULL);
}

HilHostCode tree_code(const HostTree *tree) {
    return (HilHostCode){.nodes = tree->nodes, .node_count = (size_t)tree->node_count, .kids = tree->kids,
                         .kid_count = (size_t)tree->kid_count, .text = tree->text, .text_size = tree->text_size};
}
