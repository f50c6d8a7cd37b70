/* Reads HDF5 edge lists in a process of its own. The HDF5 library can crash on damaged files, and no input may crash an
 * executable: a child reads and sends the arrays through a pipe, and when it dies the parent has an error to tell.
 * In: a file. Out: the same list or error as hil_edges_read_hdf5_here gives. */
#include "hillock/edges.h"

#include "edges_check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Answer {
    bool good, weights, delays;
    size_t count;
    HilError error;
} Answer;

static bool send_all(int pipe, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        ssize_t sent = write(pipe, at, size < (1u << 30) ? size : 1u << 30);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int pipe, void *bytes, size_t size)
{
    for (char *at = bytes; size > 0;) {
        ssize_t received = read(pipe, at, size < (1u << 30) ? size : 1u << 30);
        if (received < 0 && errno == EINTR)
            continue;
        if (received <= 0)
            return false;
        at += received;
        size -= (size_t)received;
    }
    return true;
}

_Noreturn static void run_child(int pipe, const char *path, const HilEdgeRequest *request)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        signal(crashes[i], SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO); /* what the C library says when it aborts is not for the user */
    Answer answer;
    HilEdgeList list;
    memset(&answer, 0, sizeof answer);
    answer.good = hil_edges_read_hdf5_here(path, request, &list, &answer.error);
    answer.count = list.count;
    answer.weights = list.weights != NULL;
    answer.delays = list.delays != NULL;
    bool sent = send_all(pipe, &answer, sizeof answer);
    if (answer.good) {
        sent = sent && send_all(pipe, list.sources, list.count * sizeof *list.sources) &&
               send_all(pipe, list.targets, list.count * sizeof *list.targets);
        if (sent && list.weights)
            sent = send_all(pipe, list.weights, list.count * sizeof *list.weights);
        if (sent && list.delays)
            sent = send_all(pipe, list.delays, list.count * sizeof *list.delays);
    }
    _exit(sent ? 0 : 1);
}

/* An array of the answer; NULL when memory or the child fails. */
static void *receive_array(int pipe, size_t count, size_t size)
{
    void *array = malloc(count * size + 1);
    if (array && !receive_all(pipe, array, count * size)) {
        free(array);
        return NULL;
    }
    return array;
}

static bool receive_list(int pipe, const Answer *answer, HilEdgeList *list)
{
    list->count = answer->count;
    list->sources = receive_array(pipe, list->count, sizeof *list->sources);
    list->targets = list->sources ? receive_array(pipe, list->count, sizeof *list->targets) : NULL;
    if (!list->targets)
        return false;
    if (answer->weights && !(list->weights = receive_array(pipe, list->count, sizeof *list->weights)))
        return false;
    return !answer->delays || (list->delays = receive_array(pipe, list->count, sizeof *list->delays));
}

bool hil_edges_read_hdf5(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error)
{
    int ends[2];
    *list = (HilEdgeList){0};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hil_fail(error, "cannot read '%s': %s", path, strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], path, request);
    }
    int failure = errno;
    close(ends[1]);
    Answer answer;
    bool answered = child > 0 && receive_all(ends[0], &answer, sizeof answer);
    bool good = answered && answer.good && receive_list(ends[0], &answer, list);
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (good)
        return true;
    hil_edges_free(list);
    if (child < 0)
        return hil_fail(error, "cannot read '%s': %s", path, strerror(failure));
    if (!answered)
        return hil_fail(error, "cannot read '%s': the HDF5 library fails on it; the file is damaged", path);
    if (answer.good)
        return hil_fail(error, "cannot read '%s': out of memory", path);
    return hil_fail(error, "%s", answer.error.text);
}
