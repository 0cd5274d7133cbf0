internal import Glibc

/// The processes of a session, whatever groups they made for themselves: shells with job control do, and timeout(1).
enum ProcessSession {
  /// Sends a signal to all that live in the session whose leader has, or had, that number. The kernel gives the number to nobody
  /// else while somebody is in the session. → how many these were
  @discardableResult
  static func signal(_ leader: pid_t, _ signal: Int32) -> Int {
    let members = members(of: leader)
    for member in members { kill(member, signal) }
    return members.count
  }

  /// Ends them all. Those that are born meanwhile as well: nobody who was there before is left to bear more.
  static func end(_ leader: pid_t) {
    // A process that cannot be killed at all would keep this going.
    for _ in 0..<100 where signal(leader, SIGKILL) == 0 { return }
  }

  /// Those that live: one that has ended, and that nobody has waited for, does not.
  static func members(of leader: pid_t) -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var members: [pid_t] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        // The kernel ends names with a NUL within the array.
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = pid_t(name), let stat = stat(of: process), stat.session == leader, stat.lives else {
        continue
      }
      members.append(process)
    }
    return members
  }

  /// proc_pid_stat(5): `pid (name) state ppid pgrp session …`; names may hold anything.
  private static func stat(of process: pid_t) -> (lives: Bool, session: pid_t)? {
    let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = read(file, &bytes, bytes.count)
    guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)..<count].split(separator: UInt8(ascii: " "))
    guard fields.count > 3, let session = pid_t(String(decoding: fields[3], as: UTF8.self)) else { return nil }
    return (!["Z", "X"].contains(String(decoding: fields[0], as: UTF8.self)), session)
  }
}
