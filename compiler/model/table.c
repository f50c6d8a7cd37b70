/* Tables: data written in the model or in a CSV file. In: a TABLE statement. Out: columns with units and cells as SI
 * constants. `table p[to][from] = "file.csv"`: the first row and the first column name the entries.
 * Files are read when compiling, so that the network's shape may follow them. */
#include "hillock/csv.h"
#include "hillock/host.h"
#include "model/check.h"
#include <stdio.h>
#include <string.h>

int table_row_named(const Table *table, Name name) {
    for (int i = 0; table->named_rows && i < table->row_count; i++)
        if (table->cells[i * table->columns.count].text == name) return i;
    return -1;
}

const TableCell *table_cell(const Table *table, int row, Name column) {
    for (int i = 0; i < table->columns.count; i++)
        if (table->columns.at[i].name == column) return &table->cells[row * table->columns.count + i];
    return NULL;
}

/* ---- inline ---- */

static void read_cell(Checker *k, Scope *scope, const Ast *ast, const TableColumn *column, TableCell *cell) {
    *cell = (TableCell){.ast = ast};
    const Expression *unit = expression_number(k->pool, column->unit.scale, column->unit.dimension, ast->span);
    switch (ast->kind) {
    case AST_MISSING: cell->missing = true; break;
    case AST_NAME: cell->text = ast->name; break;
    case AST_STRING: cell->text = name_of(k->c->names, ast->text); break;
    case AST_BOOL: cell->expression = expression_boolean(k->pool, ast->op, ast->span); break;
    case AST_LIST: {
        const Expression **kids = arena_array_of(k->c->arena, const Expression *, ast->count + 1);
        for (int i = 0; i < ast->count; i++) {
            kids[i] = check_in_unit(k, scope, ast->kids[i], column->unit);
            if (is_error(kids[i])) return;
        }
        cell->expression = expression_host(k->pool, HIL_HOST_LIST, -1, NULL, 0,
                                           type_list(k->pool, unit->type, ast->count), ast->span, ast->count, kids);
        break;
    }
    case AST_NUMBER: {
        const char *digits = ast->text;
        char *shown = arena_print(k->c->arena, "%s%s", ast->number < 0 && digits[0] != '-' ? "-" : "", digits);
        cell->number = hil_quantity_value(shown, strlen(shown), column->unit);
        cell->expression = expression_number(k->pool, cell->number, column->unit.dimension, ast->span);
        break;
    }
    default: {
        const Expression *e = check_in_place(k, PLACE_VALUE, scope, ast, NULL);
        if (is_error(e)) return;
        if (hil_dimension_is_none(e->type->dimension)) e = expression_multiply(k->pool, e, unit);
        cell->expression = check_fits(k, e, ast->span, unit->type, column->span, "the column's unit");
        if (is_error(cell->expression))
            cell->expression = NULL;
        else
            expression_is_number(cell->expression, &cell->number);
        break;
    }
    }
}

static Table *inline_table(Checker *k, Scope *scope, const Ast *ast, Table *table) {
    const Ast *columns = ast->kids[2];
    for (int i = 0; i < columns->count; i++) {
        const Ast *column = columns->kids[i];
        TableColumn c = {.name = column->name,
                         .unit = {.scale = 1},
                         .unit_text = name_of(k->c->names, ""),
                         .expected = column->op == 1,
                         .span = column->span};
        if (ast_kid(column, 0) && !check_unit(k, column->kids[0], &c.unit, &c.unit_text)) return NULL;
        for (int j = 0; j < table->columns.count; j++)
            if (table->columns.at[j].name == c.name)
                compile_error(k->c, NAME_TAKEN, column->span, "table %s has two columns %s", table->name, c.name);
        vector_push(k->c->arena, &table->columns, c);
    }
    int count = columns->count;
    table->row_count = ast->count - 3;
    table->cells = arena_array_of(k->c->arena, TableCell, table->row_count * count + 1);
    for (int i = 0; i < table->row_count; i++) {
        const Ast *row = ast->kids[3 + i];
        for (int j = 0; j < count && j < row->count; j++)
            read_cell(k, scope, row->kids[j], &table->columns.at[j], &table->cells[i * count + j]);
        for (int j = row->count; j < count; j++) table->cells[i * count + j].missing = true;
    }
    table->named_rows = table->row_count > 0;
    for (int i = 0; i < table->row_count; i++) {
        TableCell *first = &table->cells[i * count];
        table->named_rows = table->named_rows && first->text && first->ast && first->ast->kind == AST_NAME;
    }
    return table;
}

/* ---- files ---- */

static Table *file_table(Checker *k, const Ast *ast, Table *table) {
    const char *path = ast->kids[1]->text, *from = k->c->sources.list.at[ast->span.source].path;
    const char *slash = strrchr(from, '/');
    if (path[0] != '/' && slash) path = arena_print(k->c->arena, "%.*s/%s", (int)(slash - from), from, path);
    HilError error;
    HilTableFile *file = hil_csv_read_table(path, ',', HIL_CSV_HEADER_AUTO, NULL, &error);
    if (!file) {
        compile_error(k->c, TABLE_FILE, ast->kids[1]->span, "%s", error.text);
        return NULL;
    }
    const Ast *keys = ast_kid(ast, 0);
    table->key_count = keys ? keys->count : 0;
    bool named = file->column_count && !file->columns[0].numeric;
    int skip = table->key_count && named ? 1 : 0;
    if (table->key_count > 2) {
        compile_error(k->c, NOT_SUPPORTED, ast->span, "a table has at most two keys");
        hil_table_file_free(file);
        return NULL;
    }
    int columns = (int)file->column_count - skip;
    table->row_count = (int)file->row_count;
    table->named_rows = named;
    for (int j = 0; j < columns; j++) {
        const HilColumn *column = &file->columns[j + skip];
        Name name = name_of(k->c->names, column->name[0] ? column->name : arena_print(k->c->arena, "%d", j));
        vector_push(k->c->arena, &table->columns,
                    (TableColumn){.name = name,
                                  .unit = column->unit,
                                  .span = ast->span,
                                  .unit_text = name_of(k->c->names, column->unit_text)});
        vector_push(k->c->arena, &table->keys[1], name);
    }
    table->cells = arena_array_of(k->c->arena, TableCell, table->row_count * columns + 1);
    for (int i = 0; i < table->row_count; i++) {
        vector_push(k->c->arena, &table->keys[0],
                    name_of(k->c->names, named ? file->columns[0].texts[i] : arena_print(k->c->arena, "%d", i)));
        for (int j = 0; j < columns; j++) {
            const HilColumn *column = &file->columns[j + skip];
            TableCell *cell = &table->cells[i * columns + j];
            cell->missing = column->missing[i];
            if (cell->missing) continue;
            if (!column->numeric) {
                cell->text = name_of(k->c->names, column->texts[i]);
                continue;
            }
            cell->number = column->values[i];
            cell->expression = expression_number(k->pool, cell->number, column->unit.dimension, ast->kids[1]->span);
        }
    }
    hil_table_file_free(file);
    return table;
}

/* ---- p[key] = [..] or { … } written out ---- */

static Table *list_table(Checker *k, Scope *scope, const Ast *ast, Table *table) {
    const Ast *keys = ast_kid(ast, 0), *list = ast->kids[1];
    HilUnit unit = {.scale = 1};
    if (list->kind == AST_SCALED) {
        if (!check_unit(k, list->kids[1], &unit, NULL)) return NULL;
        list = list->kids[0];
    }
    if (list->kind != AST_LIST || !list->count) {
        compile_error(k->c, TABLE_FORM, ast->kids[1]->span, "a table is a file, a list or rows in braces");
        return NULL;
    }
    table->key_count = keys && keys->count == 2 ? 2 : 1;
    bool two = list->kids[0]->kind == AST_LIST;
    if (two != (table->key_count == 2)) {
        compile_error(k->c, TABLE_FORM, list->span, "this list does not have as many levels as table %s has keys",
                      ast->name);
        return NULL;
    }
    int columns = two ? list->kids[0]->count : 1;
    table->row_count = list->count;
    table->cells = arena_array_of(k->c->arena, TableCell, table->row_count * columns + 1);
    TableColumn column = {.name = ast->name, .unit = unit, .span = ast->span, .unit_text = name_of(k->c->names, "")};
    for (int j = 0; j < columns; j++) {
        vector_push(k->c->arena, &table->columns, column);
        vector_push(k->c->arena, &table->keys[1], name_print(k->c->names, "%d", j));
    }
    for (int i = 0; i < table->row_count; i++) {
        vector_push(k->c->arena, &table->keys[0], name_print(k->c->names, "%d", i));
        const Ast *row = list->kids[i];
        if (two && (row->kind != AST_LIST || row->count != columns)) {
            compile_error(k->c, TABLE_FORM, row->span, "every row of a table is as long as the first");
            return NULL;
        }
        for (int j = 0; j < columns; j++)
            if (two || row->kind != AST_LIST) {
                const Ast *value = two ? row->kids[j] : row;
                TableCell *cell = &table->cells[i * columns + j];
                if (list != ast->kids[1]) {
                    read_cell(k, scope, value, &column, cell);
                    continue;
                }
                cell->expression = check_in_place(k, PLACE_VALUE, scope, value, NULL);
                if (is_error(cell->expression)) cell->expression = NULL;
            }
    }
    return table;
}

/* The record that a row is: columns keep their unit, those with a `-` somewhere are optional. */
static void set_row_type(Checker *k, Table *table) {
    Type *type = arena_new_of(k->c->arena, Type);
    *type = (Type){.kind = TYPE_RECORD, .count = -1, .label = table->name};
    int columns = table->columns.count;
    for (int j = 0; j < columns; j++) {
        TypeField field = {.name = table->columns.at[j].name,
                           .type = type_number(k->pool, table->columns.at[j].unit.dimension)};
        for (int i = 0; i < table->row_count; i++) {
            const TableCell *cell = &table->cells[i * columns + j];
            if (cell->missing)
                field.optional = true;
            else if (cell->text)
                field.type = type_simple(k->pool, TYPE_TEXT);
            else if (cell->expression && cell->expression->type->kind == TYPE_LIST)
                field.type = type_list(k->pool, cell->expression->type->element, -1);
            else if (cell->expression)
                field.type = cell->expression->type;
        }
        vector_push(k->c->arena, &type->fields, field);
    }
    table->row_type = type;
}

Table *table_build(Checker *k, Scope *scope, const Ast *ast) {
    Table *table = arena_new_of(k->c->arena, Table);
    *table = (Table){.name = ast->name, .span = ast->span};
    if (ast_kid(ast, 2))
        table = inline_table(k, scope, ast, table);
    else if (ast_kid(ast, 1) && ast->kids[1]->kind == AST_STRING)
        table = file_table(k, ast, table);
    else if (ast_kid(ast, 1))
        table = list_table(k, scope, ast, table);
    else {
        compile_error(k->c, TABLE_FORM, ast->span, "this table has no rows");
        return NULL;
    }
    if (table) set_row_type(k, table);
    return table;
}
