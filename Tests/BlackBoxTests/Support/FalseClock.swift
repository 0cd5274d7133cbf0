import Foundation

/// A wall clock that lies to one process, by as much as the test says at that moment. Clocks that cannot be set are left.
final class FalseClock {
  private let folder: Workspace
  /// What a process needs in its environment to be lied to.
  let environment: [String: String]

  /// Needs a C compiler, as other tests do.
  init() throws {
    folder = try Workspace(["clock.c": Self.source])
    let built = try run(
      URL(fileURLWithPath: "/usr/bin/cc"), ["-shared", "-fPIC", "-O1", "-o", "clock.so", "clock.c"], in: folder.folder)
    if built.status != 0 { throw NotBuilt(why: built.errors) }
    environment = ["LD_PRELOAD": folder.url("clock.so").path, "FALSE_CLOCK": folder.url("offset").path]
    try set(0)
  }

  struct NotBuilt: Error { let why: String }

  /// Sets the clock off by so many seconds, at once.
  func set(_ seconds: Int64) throws {
    let file = open(folder.url("offset").path, O_RDWR | O_CREAT, 0o600)
    defer { close(file) }
    // In place: the process has the file mapped.
    var seconds = seconds
    if pwrite(file, &seconds, 8, 0) != 8 { throw POSIXError(.EIO) }
  }

  private static let source = """
    #define _GNU_SOURCE
    #include <fcntl.h>
    #include <stdint.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <sys/syscall.h>
    #include <sys/time.h>
    #include <time.h>
    #include <unistd.h>
    static volatile int64_t *offset;
    __attribute__((constructor)) static void map(void) {
      const char *path = getenv("FALSE_CLOCK");
      int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
      void *at = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
      if (file >= 0) close(file);
      if (at != MAP_FAILED) offset = at;
    }
    int clock_gettime(clockid_t clock, struct timespec *now) {
      int result = syscall(SYS_clock_gettime, clock, now);
      if (!result && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
      return result;
    }
    int gettimeofday(struct timeval *restrict now, void *restrict zone) {
      struct timespec exact;
      clock_gettime(CLOCK_REALTIME, &exact);
      now->tv_sec = exact.tv_sec;
      now->tv_usec = exact.tv_nsec / 1000;
      return 0;
    }
    time_t time(time_t *to) {
      struct timespec now;
      clock_gettime(CLOCK_REALTIME, &now);
      if (to) *to = now.tv_sec;
      return now.tv_sec;
    }
    """
}
