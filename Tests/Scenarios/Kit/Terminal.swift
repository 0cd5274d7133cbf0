import Foundation
import Glibc
import ScenarioCalls

extension Tree {
  /// Runs a program on a terminal of its own and types at it.
  ///
  /// - Parameter script: in turn, what to wait for on the screen and what to type then.
  func type(_ arguments: [String], _ script: [(wait: String, type: String)]) throws {
    var name = [CChar](repeating: 0, count: 128)
    let terminal = scenario_open_terminal(&name, name.count)
    if terminal < 0 { throw CallFailed("open", "a new terminal") }
    defer { close(terminal) }
    let device = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let command = ["sh", "-c", "stty rows 24 cols 80; cd \"$TREE\" && exec \"$@\"", "sh"] + arguments
    let child = try Programs.spawn(command, environment: environment, input: device, output: nil)

    var screen: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    var left = script[...]
    // The end of the output: the device has been closed by all (EIO), or nothing came for ten seconds.
    while true {
      if let step = left.first, Data(screen).range(of: Data(step.wait.utf8)) != nil {
        screen = []
        left = left.dropFirst()
        try Self.write(terminal, step.type)
      }
      var event = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      let ready = poll(&event, 1, 10_000)
      if ready < 0 && errno == EINTR { continue }
      if ready <= 0 {
        Glibc.kill(-child, SIGKILL)
        break
      }
      let count = chunk.withUnsafeMutableBytes { Glibc.read(terminal, $0.baseAddress, $0.count) }
      if count <= 0 { break }
      screen += chunk[..<count]
    }
    try Programs.wait(for: child, arguments, screen)
    if let step = left.first {
      throw ProgramFailed(description: "\(arguments.joined(separator: " ")) never showed \(step.wait)")
    }
  }
}
