import Glibc
import StaledAgent
import Testing

/// What those who started the agent are told.
@Suite struct NotificationTests {
  /// A datagram socket bound to `name`, which starts with NUL if it is abstract.
  static func listen(_ name: [UInt8]) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    if bound != 0 { throw ConnectionError(what: "bind: \(String(cString: strerror(errno)))") }
    return descriptor
  }

  static func receive(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1000)
    let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  @Test(arguments: [false, true]) func messages(_ abstract: Bool) throws {
    let folder = try TemporaryFolder()
    let name = "\(folder.path)/notify"
    let listener = try Self.listen(abstract ? [0] + Array(name.utf8) : Array(name.utf8))
    defer { close(listener) }
    let manager = ServiceManager(environment: ["NOTIFY_SOCKET": (abstract ? "@" : "") + name])
    #expect(manager.isPresent)
    #expect(manager.ready(status: "watching\n3 files"))
    #expect(Self.receive(listener) == "READY=1\nSTATUS=watching 3 files")
    #expect(manager.status("degraded\r\nREADY=1"))
    #expect(Self.receive(listener) == "STATUS=degraded READY=1")
    #expect(manager.watchdog())
    #expect(Self.receive(listener) == "WATCHDOG=1")
    #expect(manager.stopping())
    #expect(Self.receive(listener) == "STOPPING=1")
  }

  @Test(arguments: [
    nil, "", "/", "@", "relative", "vsock:2:3", "/nonexistent/staled", "/" + String(repeating: "x", count: 200),
  ]) func nobodyListens(_ name: String?) {
    let manager = ServiceManager(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:])
    #expect(!manager.ready(status: "watching"))
  }

  @Test(
    arguments: [
      (["WATCHDOG_USEC": "30000000"], Duration.seconds(30)),
      (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], .seconds(30)),
      (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil), (["WATCHDOG_USEC": "0"], nil),
      (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
    ] as [([String: String], Duration?)]) func watchdog(_ environment: [String: String], _ interval: Duration?)
  {
    let environment = environment.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }
    #expect(ServiceManager(environment: environment, processID: 7).watchdogInterval == interval)
  }

  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    if Glibc.pipe(&ends) != 0 { throw ConnectionError(what: "pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  @Test func oneNewline() throws {
    let ends = try Self.pipe()
    defer { close(ends.read) }
    let pipe = try ReadyPipe(ends.write)
    pipe.signal()
    pipe.signal()
    var bytes: [UInt8] = [0, 0, 0]
    #expect(read(ends.read, &bytes, 3) == 1)
    #expect(bytes[0] == 0x0A)
    #expect(read(ends.read, &bytes, 3) == 0)
  }

  @Test func endsWithoutANewlineIfItNeverCame() throws {
    let ends = try Self.pipe()
    defer { close(ends.read) }
    do { _ = try ReadyPipe(ends.write) }
    var byte: UInt8 = 0
    #expect(read(ends.read, &byte, 1) == 0)
  }

  @Test func nobodyReads() throws {
    let ends = try Self.pipe()
    close(ends.read)
    // The process lives on.
    try ReadyPipe(ends.write).signal()
  }

  @Test func badDescriptors() throws {
    let ends = try Self.pipe()
    defer {
      close(ends.read)
      close(ends.write)
    }
    let cases = [
      (-1, "the standard descriptors are taken"), (1, "the standard descriptors are taken"),
      (1_000_000, "that descriptor is not open"), (ends.read, "that descriptor is not open for writing"),
    ]
    for (descriptor, what) in cases {
      do {
        _ = try ReadyPipe(descriptor)
        Issue.record("\(descriptor) was taken")
      } catch {
        #expect(error.what == "--ready-fd \(descriptor): \(what)")
        #expect(error.exitCode == 2)
      }
    }
  }
}
