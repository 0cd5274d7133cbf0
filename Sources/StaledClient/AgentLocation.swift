internal import FoundationEssentials
internal import Glibc
public import StaledAPI

/// Where the agent of a workspace keeps its state, and how it is reached (INTERFACES, section 2).
public struct AgentLocation: Hashable, Sendable {
  /// `.staled` in the workspace, or what `STALED_DIR` says; absolute if `workspace` is.
  public let stateDirectory: String

  /// - Parameters:
  ///   - workspace: the workspace's root.
  ///   - override: the value of `STALED_DIR`; a relative one starts at the workspace root.
  public init(workspace: String, override: String? = nil) {
    guard let override, !override.isEmpty else {
      stateDirectory = workspace.hasSuffix("/") ? workspace + ".staled" : workspace + "/.staled"
      return
    }
    stateDirectory = override.hasPrefix("/") ? override : "\(workspace)/\(override)"
  }

  /// A file in the state directory.
  public func file(_ name: String) -> String { "\(stateDirectory)/\(name)" }

  /// What the agent last wrote about itself, or nil if there is none or it cannot be read. The agent need not run any more.
  public var agentFile: AgentFile? {
    guard let bytes = Self.read(file("agent.json"), limit: 65536) else { return nil }
    return try? JSONDecoder().decode(AgentFile.self, from: Data(bytes))
  }

  /// The path of the agent's socket: the one in `agent.json`, or where it usually is.
  public var socket: String {
    guard let socket = agentFile?.socket, !socket.isEmpty else { return file("agent.sock") }
    return socket.hasPrefix("/") ? socket : file(socket)
  }

  /// The content of a small file, or nil if it cannot be read or is larger than `limit` bytes.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 || content.count + count > limit { return nil }
      if count == 0 { return content }
      content += chunk[..<count]
    }
  }
}
