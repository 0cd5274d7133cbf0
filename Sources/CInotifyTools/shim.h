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

#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>

/* What statx tells that matters here; times in nanoseconds. */
struct staled_status {
  unsigned mode, links;
  unsigned long long inode, device, size;
  long long modified, changed;
};

/* A device as `st_dev` names it (glibc's makedev), taken apart: the major number in the upper half. */
static inline unsigned long long staled_device(unsigned long long device) {
  return ((device >> 8 & 0xfff) | (device >> 32 & ~0xfffULL)) << 32
      | ((device & 0xff) | (device >> 12 & 0xffffff00ULL));
}

/* The file itself, no link followed, asked of the server where there is one. With an empty `path` what `directory` is.
   Where a sandbox refuses statx, fstatat. */
static inline int staled_status(int directory, const char *path, struct staled_status *found) {
  struct statx x;
  int flags = 0x100 /* AT_SYMLINK_NOFOLLOW */ | (*path ? 0 : 0x1000 /* AT_EMPTY_PATH */);
  if (syscall(SYS_statx, directory, path, flags | 0x2000 /* AT_STATX_FORCE_SYNC */, STATX_BASIC_STATS, &x) == 0) {
    found->mode = x.stx_mode;
    found->links = x.stx_nlink;
    found->inode = x.stx_ino;
    found->device = (unsigned long long)x.stx_dev_major << 32 | x.stx_dev_minor;
    found->size = x.stx_size;
    found->modified = x.stx_mtime.tv_sec * 1000000000LL + x.stx_mtime.tv_nsec;
    found->changed = x.stx_ctime.tv_sec * 1000000000LL + x.stx_ctime.tv_nsec;
    return 0;
  }
  if (errno != ENOSYS && errno != EPERM) return -1;
  struct stat s;
  if (fstatat(directory, path, &s, flags) != 0) return -1;
  found->mode = s.st_mode;
  found->links = (unsigned)s.st_nlink;
  found->inode = s.st_ino;
  found->device = staled_device(s.st_dev);
  found->size = (unsigned long long)s.st_size;
  found->modified = s.st_mtim.tv_sec * 1000000000LL + s.st_mtim.tv_nsec;
  found->changed = s.st_ctim.tv_sec * 1000000000LL + s.st_ctim.tv_nsec;
  return 0;
}

#include <pthread.h>
#include <time.h>

/* pthread_timedjoin_np(3) is hidden without _GNU_SOURCE. */
extern int pthread_timedjoin_np(pthread_t, void **, const struct timespec *);

/* Waits for a thread for so many seconds at most; 0 if it has ended. */
static inline int staled_join(pthread_t thread, long seconds) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += seconds;
  return pthread_timedjoin_np(thread, 0, &deadline);
}
