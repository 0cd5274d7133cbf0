/// What the tree asks of the system: a seam thin enough for a simulated file system. Paths are absolute bytes without NUL.
package protocol Kernel: Sendable {
  /// An open directory.
  associatedtype Handle

  /// Opens a directory that no component of `path` reaches through a symbolic link. `ENOENT`, `ENOTDIR` and `ELOOP` mean
  /// that there is none.
  func openDirectory(_ path: [UInt8]) throws(Errno) -> Handle
  /// Opens `name` in `directory`, if it is a directory and no link.
  func openDirectory(_ name: ArraySlice<UInt8>, in directory: Handle) throws(Errno) -> Handle
  func close(_ directory: Handle)
  /// Watches it, adding to the mask that is there. The same inode gives the same descriptor.
  func watch(_ directory: Handle, mask: WatchMask) throws(Errno) -> Int32
  /// Watches the file itself (no link is followed).
  func watchFile(_ path: [UInt8], mask: WatchMask) throws(Errno) -> Int32
  /// After this the queue holds `ignored` for it; the watch may be gone already.
  func removeWatch(_ descriptor: Int32)
  /// Appends all names but `.` and `..`.
  func list(_ directory: Handle, into listing: inout Listing) throws(Errno)
  /// The same, telling after each part that it goes on.
  func list(_ directory: Handle, into listing: inout Listing, progress: Progress) throws(Errno)
  /// What stands at this name; links are not followed. Not `absent` but an error if that cannot be told.
  func status(_ path: [UInt8]) throws(Errno) -> FileStatus
  /// What is open.
  func status(of directory: Handle) throws(Errno) -> FileStatus
  /// Where a symbolic link points, or nil.
  func readLink(_ path: [UInt8]) -> [UInt8]?
  /// The bytes of a regular file of at most a few megabytes, or nil if there is none that may be read. Links are not followed.
  /// An error says nothing of the file.
  func read(_ path: [UInt8]) throws(Errno) -> [UInt8]?
  /// The path without symbolic links, or nil.
  func realPath(_ path: [UInt8]) -> [UInt8]?
  /// Makes a directory, and no more if it is there.
  func makeDirectory(_ path: [UInt8]) throws(Errno)
  /// Makes a file and removes it again.
  func flash(_ path: [UInt8]) throws(Errno)
  /// How many watches this user may hold.
  var watchLimit: Int { get }
  /// The setting that `watchLimit` is the value of.
  var watchLimitName: String { get }
  /// Everything that is mounted, in the kernel's order; empty where that cannot be read.
  func mounts() -> [Mount]
  /// Whether `mounts` may answer differently since this was last asked.
  func mountsChanged() -> Bool
  /// Whether questions that were not answered before may be asked again. It is told once.
  func hasRecovered() -> Bool
  /// The clock that files are stamped with, and one that is never set; nanoseconds.
  var time: (stamp: Int64, steady: Int64) { get }
}

extension Kernel {
  package var watchLimitName: String { "fs.inotify.max_user_watches" }
  package func list(_ directory: Handle, into listing: inout Listing, progress: Progress) throws(Errno) {
    try list(directory, into: &listing)
  }
  package func hasRecovered() -> Bool { false }
}

/// An error number of the system.
package struct Errno: Error, Hashable, Sendable {
  package let code: Int32
  package init(_ code: Int32) { self.code = code }

  static let notPermitted = Errno(1)
  static let noEntry = Errno(2)
  static let denied = Errno(13)
  static let notDirectory = Errno(20)
  static let tableFull = Errno(23)
  static let tooManyFiles = Errno(24)
  /// From `inotify_add_watch`: the limit of watches, not the disk.
  static let noSpace = Errno(28)
  static let linkLoop = Errno(40)
  static let timedOut = Errno(110)

  /// It is not the file's but this process's, the machine's or the way to another's, and over soon: EIO, EAGAIN, ENOMEM,
  /// ENFILE, EMFILE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ESTALE.
  var isPassing: Bool { [5, 11, 12, 23, 24, 110, 112, 113, 116].contains(code) }
}

/// The kernel's event bits (`inotify(7)`).
package struct WatchMask: OptionSet, Hashable, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let modify = WatchMask(rawValue: 0x2)
  package static let attributes = WatchMask(rawValue: 0x4)
  package static let closeWrite = WatchMask(rawValue: 0x8)
  package static let movedFrom = WatchMask(rawValue: 0x40)
  package static let movedTo = WatchMask(rawValue: 0x80)
  package static let create = WatchMask(rawValue: 0x100)
  package static let delete = WatchMask(rawValue: 0x200)
  package static let deleteSelf = WatchMask(rawValue: 0x400)
  package static let moveSelf = WatchMask(rawValue: 0x800)
  package static let unmount = WatchMask(rawValue: 0x2000)
  package static let overflow = WatchMask(rawValue: 0x4000)
  package static let ignored = WatchMask(rawValue: 0x8000)
  package static let directory = WatchMask(rawValue: 0x4000_0000)

  static let names: WatchMask = [.create, .delete, .movedFrom, .movedTo]
  static let content: WatchMask = [.modify, .closeWrite, .attributes]
  static let itself: WatchMask = [.deleteSelf, .moveSelf]
}

/// What stands at a name.
package enum FileKind: UInt8, Sendable {
  case unknown, absent, directory, link, file, special
}

/// The part of `lstat` that matters here.
package struct FileStatus: Hashable, Sendable {
  package var kind: FileKind
  package var links: Int
  /// Inode and device, mixed: equal for two names of one file.
  package var identity: UInt64
  /// Major number in the upper half, minor in the lower.
  package var device: UInt64
  package var size: UInt64
  /// Nanoseconds since 1970: of the content, and of content or metadata.
  package var modified: Int64
  package var changed: Int64
  package init(
    kind: FileKind, links: Int, identity: UInt64 = 0, device: UInt64 = 0, size: UInt64 = 0, modified: Int64 = 0,
    changed: Int64 = 0
  ) {
    self.kind = kind
    self.links = links
    self.identity = identity
    self.device = device
    self.size = size
    self.modified = modified
    self.changed = changed
  }

  static let absent = FileStatus(kind: .absent, links: 0)
}

/// A directory's names, flat, so that listing allocates nothing for each.
package struct Listing: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var entries: [(start: UInt32, length: UInt16, kind: FileKind)] = []

  package init() {}
  package var count: Int { entries.count }
  package func name(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    return bytes[Int(entry.start)..<(Int(entry.start) + Int(entry.length))]
  }
  package func kind(_ index: Int) -> FileKind { entries[index].kind }
  package mutating func append(_ name: some Collection<UInt8>, _ kind: FileKind) {
    entries.append((UInt32(bytes.count), UInt16(name.count), kind))
    bytes.append(contentsOf: name)
  }
  mutating func append(_ other: Listing) {
    if count == 0 {
      self = other
    } else {
      for index in 0..<other.count { append(other.name(index), other.kind(index)) }
    }
  }
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  /// The same in the order of the bytes, and no larger than it has to be.
  func sorted() -> Listing {
    let order = (0..<count).sorted { name($0).lexicographicallyPrecedes(name($1)) }
    var sorted = Listing()
    sorted.bytes.reserveCapacity(bytes.count)
    sorted.entries.reserveCapacity(count)
    for index in order { sorted.append(name(index), kind(index)) }
    return sorted
  }

  /// The names that are only in one of two sorted listings, or of another kind.
  func differences(from old: Listing) -> [(name: [UInt8], isDirectory: Bool)] {
    if bytes == old.bytes, entries.elementsEqual(old.entries, by: ==) { return [] }
    var found: [(name: [UInt8], isDirectory: Bool)] = []
    var (mine, its) = (0, 0)
    while mine < count || its < old.count {
      if its == old.count || (mine < count && name(mine).lexicographicallyPrecedes(old.name(its))) {
        found.append((Array(name(mine)), kind(mine) == .directory))
        mine += 1
      } else if mine == count || old.name(its).lexicographicallyPrecedes(name(mine)) {
        found.append((Array(old.name(its)), old.kind(its) == .directory))
        its += 1
      } else {
        // A name that stands for another kind: ignored or not, as either.
        if kind(mine) != old.kind(its) {
          found.append((Array(name(mine)), true))
          found.append((Array(name(mine)), false))
        }
        mine += 1
        its += 1
      }
    }
    return found
  }
}

/// Events as read, flat.
package struct RawEvents: Sendable {
  package struct Event: Sendable {
    package var descriptor: Int32
    package var mask: WatchMask
    package var cookie: UInt32
    var name: Range<Int>
  }
  package private(set) var events: [Event] = []
  package private(set) var bytes: [UInt8] = []

  package init() {}
  package func name(_ event: Event) -> ArraySlice<UInt8> { bytes[event.name] }
  package mutating func append(
    descriptor: Int32, mask: WatchMask, cookie: UInt32 = 0, name: some Sequence<UInt8> = []
  ) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    events.append(Event(descriptor: descriptor, mask: mask, cookie: cookie, name: start..<bytes.count))
  }
  package mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }
}
