/* Lists, records and ranges of host programs. In: evaluated operands. Out: values. Everything that could grow without
 * measure is counted before it is made. */
#include "host_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_LIMIT = 1 << 20 };

/* A count or position: a whole number from 0. */
static bool whole(HilHost *host, HilValue value, const char *what, size_t *number) {
    double x;
    if (!host_number_of(host, value, &x))
        return false;
    if (!(x >= 0 && x <= (double)HIL_VALUE_LIMIT) || x != floor(x))
        return host_fail(host, "%s must be a whole number from 0, not %g", what, x);
    *number = (size_t)x;
    return true;
}

static HilValue *room(HilHost *host, size_t count) {
    HilValue *items = count <= HIL_VALUE_LIMIT ? calloc(count + 1, sizeof *items) : NULL;
    if (!items)
        host_fail(host, "no room for a list of %zu elements", count);
    return items;
}

static bool finish(HilHost *host, HilValue *items, size_t count, bool good, HilValue *value) {
    good = good && hil_value_list(host->pool, items, count, value, host->error);
    free(items);
    return good;
}

/* ---- picking ------------------------------------------------------------------------------------------------- */

static bool cell_of_signal(HilHost *host, const HilSignalValue *signal, size_t cell, HilValue *value) {
    if (cell >= signal->cells)
        return host_fail(host, "index %zu is outside the %zu recorded %s", cell, signal->cells,
                         signal->elements ? "connections" : "cells");
    if (!hil_value_connections(host->pool, NULL, signal->ids + cell, signal->elements ? signal->elements + cell : NULL, 1,
                               signal->samples, signal->start, signal->every, signal->unit, value, host->error))
        return false;
    double *values = (double *)value->as.signal->values;
    for (size_t k = 0; k < signal->samples; k++)
        values[k] = signal->values[k * signal->cells + cell];
    return true;
}

static bool cell_of_spikes(HilHost *host, const HilSpikesValue *spikes, size_t cell, HilValue *value) {
    if (cell >= spikes->size)
        return host_fail(host, "index %zu is outside the %zu recorded cells", cell, spikes->size);
    double *times = malloc((spikes->count + 1) * sizeof *times);
    uint32_t *cells = calloc(spikes->count + 1, sizeof *cells);
    size_t count = 0;
    bool good = (times && cells) || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < spikes->count; k++) {
        if (spikes->cells[k] == cell)
            times[count++] = spikes->times[k];
    }
    good = good && hil_value_spikes(host->pool, times, cells, count, 1, spikes->from, spikes->to, value, host->error);
    free(times);
    free(cells);
    return good;
}

static bool pick(HilHost *host, HilValue of, HilValue place, HilValue *value) {
    size_t k;
    if (place.kind == HIL_KIND_TEXT)
        return hil_value_field(of, place.as.text->bytes, value, host->error);
    if (of.kind == HIL_KIND_RECORD && place.kind == HIL_KIND_NUMBER) { /* a key that LET_AT made of a number */
        char name[40];
        HilError nothing;
        snprintf(name, sizeof name, "%.17g", place.as.number);
        if (hil_value_field(of, name, value, &nothing))
            return true;
    }
    if (!whole(host, place, "an index", &k))
        return false;
    if (of.kind == HIL_KIND_SIGNAL)
        return cell_of_signal(host, of.as.signal, k, value);
    if (of.kind == HIL_KIND_SPIKES)
        return cell_of_spikes(host, of.as.spikes, k, value);
    return hil_value_element(host->pool, of, k, value, host->error);
}

static bool op_index(HilHost *host, HilValue of, HilValue places, HilValue *value) {
    size_t count;
    if (of.kind == HIL_KIND_MISSING || places.kind == HIL_KIND_MISSING)
        return true; /* *value is MISSING */
    if (places.kind != HIL_KIND_LIST && places.kind != HIL_KIND_RANGE)
        return pick(host, of, places, value);
    if (!hil_value_length(places, &count, host->error))
        return false;
    HilValue *items = room(host, count);
    bool good = items != NULL;
    for (size_t k = 0; good && k < count; k++) {
        HilValue place;
        good = hil_value_element(host->pool, places, k, &place, host->error) && pick(host, of, place, &items[k]);
    }
    return finish(host, items, count, good, value);
}

/* The columns of connections from (index 1: onto) the given cells. */
static bool op_of_cells(HilHost *host, const HilNode *node, HilValue of, HilValue cells, HilValue *value) {
    size_t count = 1, kept = 0, cell = 0;
    if (of.kind == HIL_KIND_MISSING || cells.kind == HIL_KIND_MISSING)
        return true;
    if (of.kind != HIL_KIND_SIGNAL || !of.as.signal->elements)
        return host_fail(host, "connections of cells in a %s", hil_kind_name(of.kind));
    const HilSignalValue *signal = of.as.signal;
    const uint32_t *side = node->index == 1 ? signal->elements : signal->ids;
    bool single = cells.kind == HIL_KIND_NUMBER;
    if (!single && !hil_value_length(cells, &count, host->error))
        return false;
    size_t *columns = calloc(signal->cells + 1, sizeof *columns);
    uint32_t *ids = calloc(signal->cells + 1, sizeof *ids), *elements = calloc(signal->cells + 1, sizeof *elements);
    bool *wanted = calloc(signal->cells + 1, sizeof *wanted);
    bool good = (columns && ids && elements && wanted) || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        HilValue element = cells;
        good = (single || hil_value_element(host->pool, cells, k, &element, host->error)) &&
               whole(host, element, "a cell's number", &cell);
        for (size_t j = 0; good && j < signal->cells; j++)
            wanted[j] = wanted[j] || side[j] == cell;
    }
    for (size_t j = 0; good && j < signal->cells; j++) {
        if (!wanted[j])
            continue;
        columns[kept] = j;
        ids[kept] = signal->ids[j];
        elements[kept++] = signal->elements[j];
    }
    good = good && hil_value_connections(host->pool, NULL, ids, elements, kept, signal->samples, signal->start,
                                         signal->every, signal->unit, value, host->error);
    double *values = good ? (double *)value->as.signal->values : NULL;
    for (size_t k = 0; good && k < signal->samples; k++)
        for (size_t j = 0; j < kept; j++)
            values[k * kept + j] = signal->values[k * signal->cells + columns[j]];
    free(columns);
    free(ids);
    free(elements);
    free(wanted);
    return good;
}

/* ---- making -------------------------------------------------------------------------------------------------- */

static bool op_list(HilHost *host, const HilValue *a, int count, HilValue *value) {
    HilValue *items = room(host, (size_t)count);
    for (int k = 0; items && k < count; k++)
        items[k] = hil_value_retain(a[k]);
    return finish(host, items, (size_t)count, items != NULL, value);
}

static bool op_range(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value) {
    double x[3] = {0, 0, 0};
    for (int k = 0; k < count; k++) {
        if (a[k].kind == HIL_KIND_MISSING)
            return true;
        if (!host_number_of(host, a[k], &x[k]))
            return false;
    }
    if (node->index < 0 || node->index > 2 || count != (node->index == 0 ? 2 : 3))
        return host_fail(host, "a range of form %d with %d operands", node->index, count);
    return hil_value_range(host->pool, x[0], x[1], x[2], node->index, value, host->error);
}

static bool op_concat(HilHost *host, const HilValue *a, int count, HilValue *value) {
    size_t total = 0, length;
    for (int k = 0; k < count; k++) {
        length = 1;
        if ((a[k].kind == HIL_KIND_LIST || a[k].kind == HIL_KIND_RANGE) &&
            !hil_value_length(a[k], &length, host->error))
            return false;
        total += length;
    }
    HilValue *items = room(host, total);
    bool good = items != NULL;
    size_t at = 0;
    for (int k = 0; good && k < count; k++) {
        if (a[k].kind != HIL_KIND_LIST && a[k].kind != HIL_KIND_RANGE) {
            items[at++] = hil_value_retain(a[k]);
            continue;
        }
        good = hil_value_length(a[k], &length, host->error);
        for (size_t i = 0; good && i < length; i++)
            good = hil_value_element(host->pool, a[k], i, &items[at++], host->error);
    }
    return finish(host, items, total, good, value);
}

static bool op_flatten(HilHost *host, HilValue list, HilValue *value) {
    if (list.kind != HIL_KIND_LIST)
        return host_fail(host, "a %s where a list of lists is wanted", hil_kind_name(list.kind));
    if (list.as.list->numbers) {
        *value = hil_value_retain(list);
        return true;
    }
    if (list.as.list->count > INT32_MAX)
        return host_fail(host, "too many lists");
    return op_concat(host, list.as.list->items, (int)list.as.list->count, value);
}

static bool op_zip(HilHost *host, const HilValue *a, int count, HilValue *value) {
    size_t length, other;
    if (!hil_value_length(a[0], &length, host->error))
        return false;
    for (int k = 1; k < count; k++) {
        if (!hil_value_length(a[k], &other, host->error))
            return false;
        if (other != length)
            return host_fail(host, "lists of %zu and %zu elements side by side", length, other);
    }
    HilValue *rows = room(host, length);
    bool good = rows != NULL;
    for (size_t i = 0; good && i < length; i++) {
        HilValue *row = room(host, (size_t)count);
        good = row != NULL;
        for (int k = 0; good && k < count; k++)
            good = hil_value_element(host->pool, a[k], i, &row[k], host->error);
        good = finish(host, row, (size_t)count, good, &rows[i]);
    }
    return finish(host, rows, length, good, value);
}

static bool op_reversed(HilHost *host, HilValue list, HilValue *value) {
    size_t length;
    if (!hil_value_length(list, &length, host->error))
        return false;
    HilValue *items = room(host, length);
    bool good = items != NULL;
    for (size_t k = 0; good && k < length; k++)
        good = hil_value_element(host->pool, list, length - 1 - k, &items[k], host->error);
    return finish(host, items, length, good, value);
}

static int compare_values(const void *left, const void *right) {
    const HilValue *a = left, *b = right;
    if (a->kind == HIL_KIND_TEXT && b->kind == HIL_KIND_TEXT)
        return strcmp(a->as.text->bytes, b->as.text->bytes);
    if (a->kind == HIL_KIND_TEXT || b->kind == HIL_KIND_TEXT)
        return a->kind == HIL_KIND_TEXT ? 1 : -1;
    return a->as.number < b->as.number ? -1 : a->as.number > b->as.number;
}

static bool op_unique(HilHost *host, HilValue list, HilValue *value) {
    size_t length, kept = 0;
    if (!hil_value_length(list, &length, host->error))
        return false;
    HilValue *items = room(host, length);
    bool good = items != NULL;
    for (size_t k = 0; good && k < length; k++) {
        good = hil_value_element(host->pool, list, k, &items[k], host->error);
        if (good && items[k].kind == HIL_KIND_BOOLEAN)
            items[k] = hil_value_number(items[k].as.boolean);
        if (good && items[k].kind != HIL_KIND_NUMBER && items[k].kind != HIL_KIND_TEXT)
            good = host_fail(host, "a %s among the values", hil_kind_name(items[k].kind));
    }
    if (good && length > 0)
        qsort(items, length, sizeof *items, compare_values);
    for (size_t k = 0; good && k < length; k++) {
        if (kept > 0 && hil_value_equal(items[kept - 1], items[k]))
            hil_value_release(host->pool, items[k]);
        else
            items[kept++] = items[k];
    }
    return finish(host, items, kept, good, value);
}

static bool op_fill(HilHost *host, HilValue n, HilValue element, HilValue *value) {
    size_t count;
    if (!whole(host, n, "a number of elements", &count))
        return false;
    HilValue *items = room(host, count);
    for (size_t k = 0; items && k < count; k++)
        items[k] = hil_value_retain(element);
    return finish(host, items, count, items != NULL, value);
}

static bool op_only(HilHost *host, HilValue place, HilValue n, HilValue *value) {
    size_t count, only;
    if (!whole(host, n, "a number of elements", &count) || !whole(host, place, "a position", &only))
        return false;
    if (only >= count)
        return host_fail(host, "index %zu is outside the %zu elements", only, count);
    HilValue *items = room(host, count);
    for (size_t k = 0; items && k < count; k++)
        items[k] = hil_value_boolean(k == only);
    return finish(host, items, count, items != NULL, value);
}

static bool op_spread(HilHost *host, const HilValue *a, HilValue *value) {
    HilValue range;
    double low, high, *numbers;
    size_t count;
    if (!whole(host, a[0], "a number of elements", &count) || !host_number_of(host, a[1], &low) ||
        !host_number_of(host, a[2], &high) ||
        !hil_value_range(host->pool, low, high, (double)count, 1, &range, host->error) ||
        !hil_value_numbers_new(host->pool, count, value, &numbers, host->error))
        return false;
    for (size_t k = 0; k < count; k++) {
        HilValue element;
        if (!hil_value_element(host->pool, range, k, &element, host->error))
            return false;
        numbers[k] = element.as.number;
    }
    hil_value_release(host->pool, range);
    return true;
}

static bool op_which(HilHost *host, HilValue list, HilValue *value) {
    size_t length, found = 0;
    if (!hil_value_length(list, &length, host->error))
        return false;
    double *numbers = malloc((length + 1) * sizeof *numbers);
    bool good = numbers || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < length; k++) {
        HilValue element;
        bool truth, known;
        good = hil_value_element(host->pool, list, k, &element, host->error) &&
               host_truth(host, element, &truth, &known);
        if (good && truth)
            numbers[found++] = (double)k;
    }
    good = good && hil_value_numbers(host->pool, numbers, found, value, host->error);
    free(numbers);
    return good;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

/* All words of one length behind *made. The last letter runs fastest. */
static bool words_of_length(HilHost *host, HilValue alphabet, size_t letters, size_t length, HilValue *words,
                            size_t *made) {
    size_t count = 1;
    for (size_t k = 0; k < length; k++)
        count *= letters;
    for (size_t w = 0; w < count; w++) {
        HilValue *word = room(host, length);
        bool good = word != NULL;
        size_t rest = w;
        for (size_t k = length; good && k > 0; k--, rest /= letters)
            good = hil_value_element(host->pool, alphabet, rest % letters, &word[k - 1], host->error);
        if (!finish(host, word, length, good, &words[*made]))
            return false;
        (*made)++;
    }
    return true;
}

static bool op_words(HilHost *host, HilValue alphabet, HilValue lengths, HilValue *value) {
    size_t letters, kinds = 1, length, made = 0;
    double total = 0;
    bool one = lengths.kind == HIL_KIND_NUMBER, good = true;
    if (!hil_value_length(alphabet, &letters, host->error) ||
        (!one && !hil_value_length(lengths, &kinds, host->error)))
        return false;
    HilValue *words = NULL;
    for (int pass = 0; good && pass < 2; pass++) { /* count, then make */
        for (size_t k = 0; good && k < kinds; k++) {
            HilValue element = lengths;
            good = (one || hil_value_element(host->pool, lengths, k, &element, host->error)) &&
                   whole(host, element, "a word's length", &length);
            if (good && pass == 0) {
                total += pow((double)letters, (double)length);
                good = (total <= WORD_LIMIT && length <= WORD_LIMIT) ||
                       host_fail(host, "more than %d words", WORD_LIMIT);
            } else if (good) {
                good = words_of_length(host, alphabet, letters, length, words, &made);
            }
        }
        if (good && pass == 0)
            good = (words = room(host, (size_t)total)) != NULL;
    }
    return finish(host, words, made, good, value);
}

/* ---- records that grow --------------------------------------------------------------------------------------- */

bool host_put_at(HilHost *host, HilValue record, const HilValue *keys, int key_count, HilValue value,
                 HilValue *result) {
    char number[40];
    const char *key = number;
    if (key_count == 0) {
        *result = value;
        return true;
    }
    if (keys[0].kind == HIL_KIND_TEXT)
        key = keys[0].as.text->bytes;
    else if (keys[0].kind == HIL_KIND_NUMBER)
        snprintf(number, sizeof number, "%.17g", keys[0].as.number);
    else
        return host_fail(host, "a %s as a subscript", hil_kind_name(keys[0].kind));
    bool empty = record.kind != HIL_KIND_RECORD; /* what the name stood for before gives way */
    size_t count = empty ? 0 : record.as.record->count, place = 0;
    while (place < count && strcmp(record.as.record->names[place], key) != 0)
        place++;
    HilValue inside = place < count ? record.as.record->values[place] : hil_value_missing(), put;
    if (!host_put_at(host, inside, keys + 1, key_count - 1, value, &put))
        return false;
    const char **names = calloc(count + 1, sizeof *names);
    HilValue *values = calloc(count + 1, sizeof *values);
    bool good = (names && values) || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        names[k] = record.as.record->names[k];
        values[k] = k == place ? put : hil_value_retain(record.as.record->values[k]);
    }
    if (good && place == count) {
        names[count] = key;
        values[count++] = put;
    }
    good = good && hil_value_record(host->pool, names, values, count, result, host->error);
    free(names);
    free(values);
    return good;
}

bool host_list_op(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value, bool *mine) {
    size_t length;
    switch (node->op) {
    case HIL_HOST_LIST: return op_list(host, a, count, value);
    case HIL_HOST_FIELD:
        if (a[0].kind == HIL_KIND_MISSING)
            return true;
        return hil_value_field(a[0], host_text(host, node->text), value, host->error);
    case HIL_HOST_INDEX: return op_index(host, a[0], a[1], value);
    case HIL_HOST_OF_CELLS: return op_of_cells(host, node, a[0], a[1], value);
    case HIL_HOST_RANGE: return op_range(host, node, a, count, value);
    case HIL_HOST_CONCAT: return op_concat(host, a, count, value);
    case HIL_HOST_FLATTEN: return op_flatten(host, a[0], value);
    case HIL_HOST_LENGTH:
        if (a[0].kind == HIL_KIND_MISSING)
            return true;
        if (!hil_value_length(a[0], &length, host->error))
            return false;
        *value = hil_value_number((double)length);
        return true;
    case HIL_HOST_ZIP: return op_zip(host, a, count, value);
    case HIL_HOST_REVERSED: return op_reversed(host, a[0], value);
    case HIL_HOST_UNIQUE: return op_unique(host, a[0], value);
    case HIL_HOST_FILL: return op_fill(host, a[0], a[1], value);
    case HIL_HOST_ONLY: return op_only(host, a[0], a[1], value);
    case HIL_HOST_SPREAD: return op_spread(host, a, value);
    case HIL_HOST_WHICH: return op_which(host, a[0], value);
    case HIL_HOST_WORDS: return op_words(host, a[0], a[1], value);
    default: *mine = false; return true;
    }
}
