#define _GNU_SOURCE
#include "ScenarioCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(scenario_keep_size == FALLOC_FL_KEEP_SIZE, "the kernel's value");
_Static_assert(scenario_punch_hole == FALLOC_FL_PUNCH_HOLE, "the kernel's value");
_Static_assert(scenario_spawn_session == POSIX_SPAWN_SETSID, "the C library's value");

int scenario_exchange(const char *one, const char *other) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

int scenario_allocate(int descriptor, int flags, off_t offset, off_t length) {
  return fallocate(descriptor, flags, offset, length);
}

ssize_t scenario_copy_range(int from, int to, size_t length) {
  return copy_file_range(from, NULL, to, NULL, length, 0);
}

int scenario_open_nameless(const char *directory) {
  return open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
}

int scenario_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int scenario_open_terminal(char *device, size_t length) {
  int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return -1;
  int error = 0;
  if (grantpt(terminal) != 0 || unlockpt(terminal) != 0) error = errno;
  if (error == 0) error = ptsname_r(terminal, device, length);
  if (error == 0) return terminal;
  close(terminal);
  errno = error;
  return -1;
}
