// Linux calls that Swift's Glibc module does not show, because it is built without _GNU_SOURCE. Each returns -1 with errno
// set where it fails.
#pragma once

#include <sys/types.h>

/// Flags of `allocate`.
enum { scenario_keep_size = 1, scenario_punch_hole = 2 };
/// The flag of posix_spawn for a session of its own.
enum { scenario_spawn_session = 0x80 };

/// Two names change places: renameat2 with RENAME_EXCHANGE, as a raw system call.
int scenario_exchange(const char *one, const char *other);
/// fallocate.
int scenario_allocate(int descriptor, int flags, off_t offset, off_t length);
/// copy_file_range from both files' positions.
ssize_t scenario_copy_range(int from, int to, size_t length);
/// Opens a file without a name in a directory, for writing.
int scenario_open_nameless(const char *directory);
/// Two ends of a pipe that no program started meanwhile inherits.
int scenario_pipe(int ends[2]);
/// A new terminal: its controlling side, and the device's path in `device`.
int scenario_open_terminal(char *device, size_t length);
