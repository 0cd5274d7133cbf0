internal import Freshness
internal import Glibc
internal import Paths
internal import Watching

/// Finds the newest ctime on the way to a file: of each directory above it and each symbolic link followed, and its own.
///
/// Old contents can come into place by a rename of a directory far above; only that directory's ctime tells. It is asked
/// *after* the file was read, so that nothing can slip in between. Directories are remembered for one round of looks.
struct PathAge {
  private var directories: [Path: WallClock] = [:]
  private let lister: TreeLister?
  private let progress: Progress?
  /// As the kernel's limit on links in one path.
  private static let mostLinks = 40

  /// `lister` knows which file systems are shared with other machines: their time stamps are of other clocks, and prove
  /// nothing. `progress`: is told of each step.
  init(_ lister: TreeLister? = nil, progress: Progress? = nil) { (self.lister, self.progress) = (lister, progress) }

  /// The newest ctime on the way to `path`, an absolute path, itself included; of what is missing, the way up to there.
  mutating func newest(on path: Path) -> WallClock {
    var newest: WallClock = 0
    var links = 0
    var rest = Array(path.components.reversed())
    var place = Path("/")
    newest = max(newest, age(ofDirectory: place))
    while let name = rest.popLast() {
      if name == [.dot, .dot] {
        place = place.parent ?? place
        continue
      }
      let next = place.appending(name)
      if !rest.isEmpty, let known = directories[next] {
        newest = max(newest, known)
        place = next
        continue
      }
      progress?.step()
      guard let status = FileLook.status(of: next, following: false) else { return newest }
      let changed = latest(status)
      newest = max(newest, changed)
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        directories[next] = changed
        place = next
      case S_IFLNK:
        links += 1
        guard links <= Self.mostLinks, let target = Self.target(of: next) else { return newest }
        if target.isAbsolute { place = Path("/") }
        rest += target.components.reversed()
      default: return newest
      }
    }
    return newest
  }

  private mutating func age(ofDirectory path: Path) -> WallClock {
    if let known = directories[path] { return known }
    let changed = FileLook.status(of: path, following: false).map(latest) ?? .max
    directories[path] = changed
    return changed
  }

  /// When it changed at the latest: a file system that keeps whole seconds cuts off the rest.
  private func latest(_ status: stat) -> WallClock {
    if let lister, lister.isShared(UInt64(status.st_dev)) {
      return .max
    }
    return status.st_ctim.nanoseconds + (status.st_ctim.tv_nsec == 0 ? 2_000_000_000 : 0)
  }

  private static func target(of link: Path) -> Path? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = FileLook.withCString(link) { readlink($0, &buffer, buffer.count) }
    guard count > 0 else { return nil }
    return Path(buffer.prefix(count).map { UInt8(bitPattern: $0) }, isSymbolicLink: { _ in true })
  }
}
