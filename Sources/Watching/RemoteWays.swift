public import Paths

/// Finds the mounts that may not answer on the way to paths. What is found on the way is remembered: for one round of looks.
public struct RemoteWays {
  private let remote: RemoteCalls
  /// Where no link stands, and nothing that may not answer.
  private var plain: Set<Path> = []
  /// As the kernel's limit on links in one path.
  private static let mostLinks = 40

  init(_ remote: RemoteCalls) { self.remote = remote }

  /// The first such mount that an absolute path comes to, wherever links lead it.
  public mutating func place(onTheWayTo path: Path) -> RemoteCalls.Place? {
    if remote.isEmpty { return nil }
    let kernel = LinuxKernel(inotify: -1)
    var rest = Array(path.components.reversed())
    var at = Path("/")
    var links = 0
    if let place = remote.place(of: at.bytes) { return place }
    while let name = rest.popLast() {
      if name == [.dot, .dot] {
        at = at.parent ?? at
        continue
      }
      let next = at.appending(name)
      // Asked first: not even its status is looked at here. What lies on another such mount inside is that one's.
      if remote.place(of: next.bytes) != nil {
        return remote.place(of: rest.reversed().reduce(next) { $0.appending($1) }.bytes)
      }
      if plain.contains(next) {
        at = next
        continue
      }
      guard let status = try? kernel.status(next.bytes), status.kind != .absent else { return nil }
      guard status.kind == .link else {
        if status.kind == .directory { plain.insert(next) }
        at = next
        continue
      }
      links += 1
      guard links <= Self.mostLinks, let target = kernel.readLink(next.bytes) else { return nil }
      let path = Path(target, isSymbolicLink: { _ in true })
      if path.isAbsolute { at = Path("/") }
      rest += path.components.reversed()
    }
    return nil
  }
}
