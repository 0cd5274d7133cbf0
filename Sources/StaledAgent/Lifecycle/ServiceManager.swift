internal import Glibc

/// Tells systemd how the agent is (`sd_notify(3)`), without its library: one datagram of `NAME=value` lines each.
///
/// Without `NOTIFY_SOCKET` every call does nothing and returns false.
package struct ServiceManager: Sendable {
  private let address: [UInt8]?
  /// How often `watchdog` must be called at the latest; nil if nobody asks for it. Half of it is a good rhythm.
  package let watchdogInterval: Duration?

  /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
  package init(environment: [String: String], processID: Int32 = getpid()) {
    // A name that starts with @ is abstract: it lives in the kernel, and NUL stands for the @.
    let name = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
    let usable = name.count > 1 && name.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    switch name.first {
    case UInt8(ascii: "/") where usable: address = name
    case UInt8(ascii: "@") where usable: address = [0] + name.dropFirst()
    default: address = nil
    }
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
    let micros = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdogInterval = address != nil && isMeant && micros > 0 ? .microseconds(micros) : nil
  }

  /// Whether somebody listens.
  package var isPresent: Bool { address != nil }

  /// The agent watches and serves.
  @discardableResult package func ready(status: String) -> Bool { send(["READY=1", "STATUS=\(line(status))"]) }

  /// The agent ends.
  @discardableResult package func stopping() -> Bool { send(["STOPPING=1"]) }

  /// A line for `systemctl status`.
  @discardableResult package func status(_ text: String) -> Bool { send(["STATUS=\(line(text))"]) }

  /// The agent is alive.
  @discardableResult package func watchdog() -> Bool { send(["WATCHDOG=1"]) }

  private func line(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }

  private func send(_ lines: [String]) -> Bool {
    guard let address else { return false }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address) }
    // An abstract name is as long as it is said to be; a path's end is its NUL.
    let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + address.count + (address[0] == 0 ? 0 : 1)
    let message = Array(lines.joined(separator: "\n").utf8)
    // Never waits: an agent must not hang on a manager that does not read.
    let sent = withUnsafePointer(to: name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, message, message.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), $0, socklen_t(size))
      }
    }
    return sent == message.count
  }
}
