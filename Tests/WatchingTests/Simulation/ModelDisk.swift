import Paths

@testable import Watching

/// A number that stands for an inode of the model, never used twice.
typealias Inode = Int

/// A name as a number: comparing bytes is most of the time otherwise.
struct Name: Hashable, Comparable, CustomStringConvertible {
  let number: Int

  var description: String { UInt8(exactly: number).map { String(UnicodeScalar($0)) } ?? "#\(number)" }

  init(_ bytes: some Sequence<UInt8>) {
    var number = 0
    for byte in bytes { number = number &* 257 &+ Int(byte) }
    self.number = number
  }

  init(number: Int) { self.number = number }

  static func < (left: Name, right: Name) -> Bool { left.number < right.number }
  static let dot = Name([0x2E])
  static let dots = Name([0x2E, 0x2E])

  /// Of the components of a path, the last first.
  static func reversed(_ path: [UInt8]) -> [Name] {
    var names: [Name] = []
    var number = 0
    for byte in path {
      if byte != 0x2F {
        number = number &* 257 &+ Int(byte)
      } else if number != 0 {
        names.append(Name(number: number))
        number = 0
      }
    }
    if number != 0 { names.append(Name(number: number)) }
    names.reverse()
    return names
  }
}

/// File systems in memory: directories, files, links, hard links, mounts, permissions, time stamps as coarse as real ones.
struct ModelDisk {
  struct Entry {
    var name: Name
    var bytes: [UInt8]
    var inode: Inode
  }

  struct File {
    var kind: FileKind
    /// What the system calls it; used again after its end.
    var number: UInt64
    var device: Int
    var entries: [Entry] = []
    /// Of a directory.
    var parent: Inode = 0
    var target: [UInt8] = []
    /// Which content it has; of a rule file the bytes too.
    var version = 0
    var text: [UInt8] = []
    var links = 1
    /// It has, or had, several names.
    var isLinked = false
    var isReadable = true
    var isSearchable = true
    var modified: Int64 = 0
    var changed: Int64 = 0
    /// The root of the file system mounted here, or 0; for such a root where it is mounted.
    var mounted: Inode = 0
    var mountedOn: Inode = 0
    /// How often it is open.
    var opened = 0
    var isGone = false
  }

  struct FileSystem {
    var type: String
    var root: Inode
    var tick: Int64
    /// Mounted elsewhere too, so that its end here is not its end.
    var isKept: Bool
    /// Others write to it, too.
    var isShared: Bool
  }

  var files: [File] = []
  var systems: [FileSystem] = []
  var freeNumbers: [UInt64] = []
  var nextNumber: UInt64 = 100
  var nextVersion = 1
  /// Nanoseconds.
  var now: Int64 = 1_000_000_000_000_000
  var mountID = 1
  var mountGeneration = 0
  /// Of anything.
  var changes = 0

  static let top: Inode = 1

  init() {
    files.append(File(kind: .absent, number: 0, device: 0))
    addSystem("ext4", tick: 4_000_000, isKept: true)
  }

  @discardableResult mutating func addSystem(_ type: String, tick: Int64, isKept: Bool) -> Inode {
    let root = files.count
    files.append(File(kind: .directory, number: 2, device: systems.count, parent: root))
    systems.append(
      FileSystem(type: type, root: root, tick: tick, isKept: isKept, isShared: MountTable.remoteness(of: type) != nil))
    stamp(root)
    return root
  }

  mutating func make(_ kind: FileKind, in directory: Inode) -> Inode {
    let device = files[directory].device
    let number: UInt64
    if let old = freeNumbers.popLast() {
      number = old
    } else {
      number = nextNumber
      nextNumber += 1
    }
    files.append(File(kind: kind, number: number, device: device, parent: directory))
    stamp(files.count - 1)
    return files.count - 1
  }

  /// The time as this file's file system keeps it.
  mutating func stamp(_ inode: Inode, content: Bool = true) {
    changes += 1
    let tick = systems[files[inode].device].tick
    let time = now / tick * tick
    files[inode].changed = time
    if content { files[inode].modified = time }
  }

  func child(_ name: Name, of directory: Inode) -> Inode? {
    for entry in files[directory].entries where entry.name == name { return entry.inode }
    return nil
  }

  /// What is reached there: the uppermost of what is mounted.
  func through(_ inode: Inode) -> Inode {
    var at = inode
    while files[at].mounted != 0 { at = files[at].mounted }
    return at
  }

  /// The directory above, out of a mounted file system too.
  func above(_ directory: Inode) -> Inode {
    var at = directory
    while files[at].mountedOn != 0 { at = files[at].mountedOn }
    return files[at].parent
  }

  enum Links { case none, middle, all }

  struct Place {
    /// What stands there, 0 for nothing.
    var inode: Inode
    /// The directory, and the name in it; nil for a way that ends in a dot.
    var directory: Inode
    var name: Name?
  }

  /// The way of a path; `asUser`: permissions count.
  func resolve(_ path: [UInt8], _ links: Links, asUser: Bool) -> Result<Place, Errno> {
    var rest = Name.reversed(path)
    return resolve(&rest, links, asUser: asUser)
  }

  private func resolve(_ rest: inout [Name], _ links: Links, asUser: Bool) -> Result<Place, Errno> {
    var place = Place(inode: through(Self.top), directory: Self.top, name: nil)
    var hops = 40
    while let name = rest.popLast() {
      let directory = place.inode
      guard directory != 0 else { return .failure(.noEntry) }
      guard files[directory].kind == .directory else { return .failure(.notDirectory) }
      if asUser, !files[directory].isSearchable { return .failure(.denied) }
      if name == .dot { continue }
      if name == .dots {
        place = Place(inode: above(directory), directory: above(directory), name: nil)
        continue
      }
      place = Place(inode: child(name, of: directory).map(through) ?? 0, directory: directory, name: name)
      if place.inode != 0, files[place.inode].kind == .link {
        if rest.isEmpty, links != .all { return links == .none ? .failure(.linkLoop) : .success(place) }
        if links == .none { return .failure(.linkLoop) }
        hops -= 1
        if hops == 0 { return .failure(.linkLoop) }
        let target = files[place.inode].target
        rest += Name.reversed(target)
        place.inode = target.first == .slash ? through(Self.top) : directory
      }
    }
    return .success(place)
  }

  func find(_ path: [UInt8], _ links: Links = .all) -> Inode { find(Name.reversed(path), links) }

  /// The same of names, the last first.
  func find(_ names: [Name], _ links: Links = .all) -> Inode {
    var rest = names
    return if case .success(let place) = resolve(&rest, links, asUser: false) { place.inode } else { 0 }
  }

  func path(of directory: Inode) -> [UInt8]? {
    var parts: [[UInt8]] = []
    var at = directory
    while true {
      while files[at].mountedOn != 0 { at = files[at].mountedOn }
      if at == Self.top { break }
      if at == systems[files[at].device].root { return nil }
      let parent = files[at].parent
      guard let entry = files[parent].entries.first(where: { $0.inode == at }) else { return nil }
      parts.append(entry.bytes)
      at = parent
    }
    return parts.isEmpty ? [.slash] : parts.reversed().reduce(into: []) { $0 += [.slash] + $1 }
  }

  func status(of inode: Inode) -> FileStatus {
    if inode == 0 { return .absent }
    let file = files[inode]
    return FileStatus(
      kind: file.kind, links: file.links, identity: file.number << 8 | UInt64(file.device),
      device: UInt64(file.device), size: 1, modified: file.modified, changed: file.changed)
  }

  /// The mounts as the kernel lists them.
  var mounts: [Mount] {
    var all = [Mount(id: 1, parent: 0, device: 0, point: [.slash], type: systems[0].type)]
    for (device, system) in systems.enumerated().dropFirst() where files[system.root].mountedOn != 0 {
      let host = files[system.root].mountedOn
      guard let point = path(of: system.root) else { continue }
      all.append(
        Mount(
          id: files[system.root].version, parent: files[systems[files[host].device].root].version,
          device: UInt64(device), point: point, type: system.type))
    }
    all[0].id = files[Self.top].version
    return all
  }
}
