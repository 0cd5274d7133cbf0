/* Debian's libinotifytools0-dev. Its inotify.h is the kernel's interface; Swift's Glibc module has that already. */
#include <sys/inotify.h>
#include <inotifytools/inotifytools.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Opens `path` without following a symbolic link at any component (openat2, Linux 5.6). Where the kernel or a
   sandbox refuses openat2, only the last component is guarded, as openat can. */
static inline int staled_open_nofollow(int directory, const char *path, int flags) {
  struct open_how how = {.flags = (unsigned)(flags | O_NOFOLLOW | O_CLOEXEC), .resolve = RESOLVE_NO_SYMLINKS};
  long opened = syscall(SYS_openat2, directory, path, &how, sizeof how);
  if (opened >= 0 || (errno != ENOSYS && errno != EPERM)) return (int)opened;
  return openat(directory, path, flags | O_NOFOLLOW | O_CLOEXEC);
}

/* One getdents64: glibc's readdir allocates 32 KiB for each directory. */
static inline long staled_list(int directory, void *buffer, unsigned long size) {
  return syscall(SYS_getdents64, directory, buffer, size);
}

/* fcntl is variadic, which Swift cannot call. */
static inline int staled_configure(int descriptor) {
  if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) return -1;
  return fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

#include <stdint.h>
#include <sys/eventfd.h>

/* Swift's Glibc has no eventfd. */
static inline int staled_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* A handle on a file without opening it: no device wakes, no pipe blocks. O_PATH is hidden without _GNU_SOURCE. */
static inline int staled_open_path(const char *path) { return staled_open_nofollow(AT_FDCWD, path, __O_PATH); }
