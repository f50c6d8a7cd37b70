/* Other programs (the linker, the C compiler). In: arguments, the program's name first. Out: how it ended. */
#include "driver/driver.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

int program_run(const char *const *arguments, bool quiet) {
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&actions);
    if (quiet) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) return errno = failed, -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool program_must(const char *const *arguments, const char *what) {
    int code = program_run(arguments, false);
    if (code < 0)
        fprintf(stderr, "hillock: cannot start %s to %s: %s; install a C compiler (Debian: gcc) or set CC\n",
                arguments[0], what, strerror(errno));
    else if (code)
        fprintf(stderr, "hillock: %s failed to %s\n", arguments[0], what);
    return code == 0;
}
