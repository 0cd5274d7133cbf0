import CInotifyTools
import Glibc
import Synchronization

/// The process's one use of libinotifytools (LINUX.md, "libinotifytools"): initialised once, its descriptor found and
/// polled, events read by one thread at a time, watches added and removed by the raw calls.
struct InotifySession: Sendable {
  let descriptor: Int32

  private enum State {
    case unused
    case ready(Int32, inUse: Bool)
    case failed(WatchError)
  }
  private static let state = Mutex(State.unused)

  /// Takes the session; one watcher at a time can have it.
  static func take() throws(WatchError) -> InotifySession {
    let result = state.withLock { state -> Result<InotifySession, WatchError> in
      if case .unused = state { state = open() }
      switch state {
      case .unused: return .failure(WatchError(message: "inotify cannot be used", remedy: "try again"))
      case .failed(let error): return .failure(error)
      case .ready(_, inUse: true):
        return .failure(
          WatchError(
            message: "another watcher runs in this process", remedy: "stop it first: libinotifytools allows only one"))
      case .ready(let descriptor, inUse: false):
        state = .ready(descriptor, inUse: true)
        return .success(InotifySession(descriptor: descriptor))
      }
    }
    return try result.get()
  }

  /// Gives it back, all watches removed. What is left in the queue belongs to nobody and is skipped by the next.
  func giveBack() { Self.state.withLock { $0 = .ready(descriptor, inUse: false) } }

  private static func open() -> State {
    guard inotifytools_initialize() != 0 else {
      let code = inotifytools_error()
      return .failed(
        WatchError(
          message: "inotify cannot be initialised: \(String(cString: strerror(code)))",
          remedy: code == EMFILE
            ? "sudo sysctl fs.inotify.max_user_instances=512" : "check that the kernel has inotify"))
    }
    guard let descriptor = find() else {
      return .failed(
        WatchError(message: "inotify's descriptor is not in /proc/self/fd", remedy: "mount /proc"))
    }
    // The library waits with select(), which cannot take more.
    guard descriptor < 1024 else {
      return .failed(
        WatchError(message: "inotify's descriptor is \(descriptor), above 1023", remedy: "start the watcher earlier"))
    }
    _ = staled_configure(descriptor)
    return .ready(descriptor, inUse: false)
  }

  /// The highest descriptor that is inotify's: the one made last.
  private static func find() -> Int32? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var found: Int32?
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let number = Int32(name) else { continue }
      var target = [CChar](repeating: 0, count: 64)
      let size = readlink("/proc/self/fd/\(name)", &target, target.count)
      let text = String(decoding: target.prefix(max(size, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text == "anon_inode:inotify" { found = max(found ?? 0, number) }
    }
    return found
  }

  /// Reads what is in the queue, at most `limit` events. False once it is empty.
  func read(into batch: inout RawEvents, limit: Int) -> Bool {
    while batch.events.count < limit {
      guard let event = inotifytools_next_events(0, 1) else { return false }
      // The name is padded with NULs up to `len`; the library's buffer holds until the next call.
      let room = UnsafeRawBufferPointer(
        start: UnsafeRawPointer(event) + MemoryLayout<inotify_event>.size,
        count: Int(event.pointee.len))
      batch.append(
        descriptor: event.pointee.wd, mask: WatchMask(rawValue: event.pointee.mask), cookie: event.pointee.cookie,
        name: room.prefix { $0 != 0 })
    }
    return true
  }
}
