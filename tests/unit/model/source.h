/* Small sources through parser and model: the model, or its printed text. */
#ifndef TEST_MODEL_SOURCE_H
#define TEST_MODEL_SOURCE_H

#include "model/model.h"

typedef struct TestModel {
    Compilation *c;
    Model *model;
    char *text; /* what model_print_notes says of the networks */
} TestModel;

/* Builds a source; free with test_model_free. */
TestModel test_model(const char *source);
void test_model_free(TestModel *m);
/* The right side printed for "name = …" or "name' = …" (first line that starts with `head`, after blanks), or NULL. */
const char *test_line(const TestModel *m, const char *head);
/* How many errors have this identifier. */
int test_errors(const TestModel *m, const char *identifier);

#endif
