import Freshness
import Paths

/// The true files, the clock, and the kernel's event queue.
struct World {
  /// What is there: the contents of files, and `isDirectory` for directories.
  typealias Snapshot = [Path: String]

  /// Which directories are watched from the start. What is not there is watched only once the agent asks for it.
  enum Coverage { case all, none, allButB }

  enum Item: Hashable, CustomStringConvertible {
    case touch(Touch)
    case cookie(Int)
    case overflow

    var description: String {
      switch self {
      case .touch(let touch): "\(touch)"
      case .cookie(let cookie): "cookie \(cookie)"
      case .overflow: "overflow"
      }
    }
  }

  private struct File {
    var inode: UInt64
    var changed: Int64
  }

  static let isDirectory = "/"
  /// Instead of what is in a file that may not be read.
  static let isUnreadable = "!"
  static let files: [Path] = ["a", "b", "s/c", "s/d", "t/c"]
  static let directories: [Path] = ["s", "t"]
  static let globs = ["s/*", "**/c"]

  /// How many steps were taken.
  var now: WallClock
  /// The engine's clock, which is never set back.
  var clock: Int64 = 1_000_000
  /// What the wall clock shows more than that.
  private var offset: WallClock = 0
  /// How often the clock was set: no two of its settings share a ctime.
  private(set) var setting: Int64 = 0
  /// ctime is coarser than the order of events: so many steps share one.
  let tick: WallClock
  /// How many events fit into the queue.
  let limit: Int
  let coverage: Coverage
  /// Of a name that comes or goes only the directory is told.
  let tellsDirectories: Bool
  private(set) var contents: Snapshot = [:]
  private(set) var history: [Snapshot] = []
  private var files: [Path: File] = [:]
  private var directories: [Path: WallClock] = [:]
  /// A directory that was moved out of sight, with its files.
  private var outside: (contents: Snapshot, files: [Path: File], changed: WallClock)?
  private var inodes: UInt64 = 0
  var watched: Set<Leaf> = []
  var queue: [Item] = []

  init(tick: WallClock, limit: Int, coverage: Coverage, tellsDirectories: Bool) {
    self.tellsDirectories = tellsDirectories
    self.tick = tick
    self.limit = limit
    self.coverage = coverage
    now = 3 * tick
    for path in Self.directories { contents[path] = Self.isDirectory }
    for path in Self.files {
      inodes += 1
      contents[path] = "0"
      files[path] = File(inode: inodes, changed: 0)
    }
    history = [contents]
  }

  // MARK: Time

  /// What a clock shows.
  var wall: WallClock { now + offset }

  private var coarse: WallClock { wall - wall % tick }

  mutating func setClock(by difference: WallClock) {
    offset = max(offset + difference, -now + 1)
    setting += 1
  }

  // MARK: Files

  /// Writes in place (perhaps the same bytes), creates, or deletes (nil).
  mutating func write(_ path: Path, _ new: String?) {
    if let parent = path.parent, Self.directories.contains(parent), contents[parent] == nil {
      if new == nil { return }
      make(parent)
    }
    let before = contents[path]
    if before == nil, new == nil { return }
    let isName = before == nil || new == nil
    if isName { named(path) }
    if before == nil { inodes += 1 }
    files[path] = new == nil ? nil : File(inode: files[path]?.inode ?? inodes, changed: stamp)
    contents[path] = new
    history.append(contents)
    tell(isName ? .name(path) : .content(path))
  }

  private mutating func make(_ directory: Path) {
    contents[directory] = Self.isDirectory
    directories[directory] = coarse
    named(directory)
    history.append(contents)
    tell(.tree(directory))
  }

  /// A file from elsewhere takes a name: of the rename only one half is to be seen, and the file's ctime is old.
  mutating func moveIn(_ path: Path, _ new: String) {
    if let parent = path.parent, !parent.isRoot, contents[parent] == nil { return }
    inodes += 1
    files[path] = File(inode: inodes, changed: 0)
    contents[path] = new
    named(path)
    history.append(contents)
    tell(.name(path))
  }

  /// Renames a file over another. Between the halves of the rename others have their say.
  mutating func rename(_ from: Path, _ to: Path, between: (inout World) -> Void) {
    guard let text = contents[from], from != to else { return }
    if let parent = to.parent, !parent.isRoot, contents[parent] == nil { return }
    (contents[to], files[to]) = (text, files[from])
    (contents[from], files[from]) = (nil, nil)
    named(from)
    named(to)
    history.append(contents)
    tell(.name(from))
    between(&self)
    tell(.name(to))
  }

  // MARK: Directories

  /// Two directories change places, or one moves to the other's place if that is free; the ctimes within stay old.
  mutating func exchangeDirectories(between: (inout World) -> Void) {
    guard contents["s"] != nil || contents["t"] != nil else { return }
    let (first, second) = (take("s"), take("t"))
    put(first, at: "t")
    put(second, at: "s")
    named("s")
    named("t")
    history.append(contents)
    tell(.tree("s"))
    between(&self)
    tell(.tree("t"))
  }

  /// The directory leaves the watched part of the world, or what left it comes back to a free place.
  mutating func moveOutOrIn(_ directory: Path) {
    if contents[directory] != nil {
      outside = take(directory)
    } else if let back = outside {
      put(back, at: directory)
      outside = nil
    } else {
      return
    }
    named(directory)
    history.append(contents)
    tell(.tree(directory))
  }

  /// A file in the directory that is out of sight is written.
  mutating func writeOutside(_ new: String) {
    let changed = stamp
    guard let name = outside?.contents.keys.min(by: <) else { return }
    outside?.contents[name] = new
    outside?.files[name]?.changed = changed
  }

  /// `rm -r`
  mutating func removeDirectory(_ directory: Path) {
    guard contents[directory] != nil else { return }
    for path in contents.keys.sorted() where path.parent == directory { write(path, nil) }
    _ = take(directory)
    named(directory)
    history.append(contents)
    tell(.tree(directory))
  }

  private mutating func take(_ directory: Path) -> (contents: Snapshot, files: [Path: File], changed: WallClock)? {
    guard contents[directory] != nil else { return nil }
    var taken: (contents: Snapshot, files: [Path: File], changed: WallClock) = ([:], [:], directories[directory] ?? 0)
    for path in contents.keys where path.parent == directory {
      guard let name = path.relative(to: directory) else { continue }
      taken.contents[name] = contents[path]
      taken.files[name] = files[path]
      contents[path] = nil
      files[path] = nil
    }
    contents[directory] = nil
    directories[directory] = nil
    return taken
  }

  private mutating func put(
    _ taken: (contents: Snapshot, files: [Path: File], changed: WallClock)?, at directory: Path
  ) {
    guard let taken else { return }
    contents[directory] = Self.isDirectory
    directories[directory] = taken.changed
    for (name, text) in taken.contents {
      contents[directory.appending(name.bytes)] = text
      files[directory.appending(name.bytes)] = taken.files[name]
    }
  }

  /// A name appeared in a directory or went: that changes the directory.
  private mutating func named(_ path: Path) {
    let parent = path.parent ?? .root
    directories[parent] = coarse
  }

  private var stamp: Int64 { coarse << 8 | setting & 255 }

  // MARK: The kernel's queue

  private mutating func tell(_ touch: Touch) {
    guard isReported(touch) else { return }
    if tellsDirectories, case .name(let path) = touch {
      emit(.touch(.names(path.parent ?? .root)))
    } else {
      emit(.touch(touch))
    }
  }

  /// The kernel merges an event with an equal one at the tail, and drops what does not fit.
  mutating func emit(_ item: Item) {
    if queue.count >= limit {
      if !queue.contains(.overflow) { queue.append(.overflow) }
    } else if queue.last != item {
      queue.append(item)
    }
  }

  func isCovered(_ leaf: Leaf) -> Bool {
    switch coverage {
    case .all: true
    case .none: false
    case .allButB: leaf != .file("b")
    }
  }

  private func isReported(_ touch: Touch) -> Bool {
    switch touch {
    case .content(let path): isCovered(.file(path)) || watched.contains(.file(path))
    case .name(let path):
      isCovered(.file(path)) || watched.contains(.file(path)) || watched.contains(.dir(path))
        || path.parent.map { watched.contains(.dir($0)) } ?? false
        || Self.globs.contains { Self.matches($0, path) && watched.contains(.listing($0)) }
    case .tree(let directory):
      isCovered(.dir(directory))
        || watched.contains { leaf in
          switch leaf {
          case .file(let path), .dir(let path): path.isWithin(directory) || leaf == .dir(directory.parent ?? .root)
          case .listing(let glob): glob != "s/*" || directory == "s"
          }
        }
    case .names, .everything: true
    }
  }

  // MARK: Looking

  static func matches(_ glob: String, _ path: Path) -> Bool {
    glob == "s/*" ? path.parent == "s" : Array(path.name) == Array("c".utf8)
  }

  static func members(of glob: String, in contents: Snapshot) -> [Path] {
    contents.keys.filter { matches(glob, $0) }.sorted()
  }

  /// The names in a directory, one a line; nil if there is none.
  static func names(in directory: Path, _ contents: Snapshot) -> String? {
    guard contents[directory] != nil else { return nil }
    return contents.keys.filter { $0.parent == directory }.sorted().map { "\($0)\n" }.joined()
  }

  /// What a look shows, the file really read. `whole`: the ctimes of the directories on the way count too.
  func look(_ leaf: Leaf, whole: Bool = true) -> Observation {
    switch leaf {
    case .file(let path):
      let file = contents[path] == Self.isUnreadable ? nil : files[path]
      let own = file.map { $0.changed >> 8 }
      let newest = whole || own == nil ? max(own ?? 0, newest(around: path.parent ?? .root)) : own ?? 0
      return Observation(
        fingerprint: Fingerprints.of(contents[path]),
        stat: file.map {
          StatFingerprint(device: 1, inode: $0.inode, size: 1, modified: $0.changed, changed: $0.changed)
        }, newestOnPath: newest, time: wall)
    case .dir(let path):
      let names = Self.names(in: path, contents)
      return Observation(
        fingerprint: names.map { .digest(Digest(of: $0.utf8)) } ?? .absent, newestOnPath: newest(around: path),
        time: wall)
    case .listing(let glob):
      let newest = glob == "s/*" ? newest(around: "s") : directories.values.max() ?? 0
      return Observation(
        fingerprint: .unknown, newestOnPath: newest, time: wall, members: Self.members(of: glob, in: contents))
    }
  }

  private func newest(around directory: Path) -> WallClock {
    max(directories[directory] ?? 0, directories[.root] ?? 0)
  }
}

/// The fingerprints of the few contents there are: digesting is dear in debug builds.
enum Fingerprints {
  static let zero = Fingerprint.digest(Digest(of: "0".utf8)), one = Fingerprint.digest(Digest(of: "1".utf8))

  static func of(_ text: String?) -> Fingerprint {
    switch text {
    case nil: .absent
    case "0": zero
    case "1": one
    case World.isUnreadable: .unreadable
    case let text?: .digest(Digest(of: text.utf8))
    }
  }

  /// The contents of a file that looks so.
  static func text(_ fingerprint: Fingerprint) -> String? {
    fingerprint == zero ? "0" : fingerprint == one ? "1" : fingerprint == .unreadable ? World.isUnreadable : nil
  }
}
