internal import Paths

/// One line of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
package struct Mount: Hashable, Sendable {
  package var id: Int
  package var parent: Int
  /// Major and minor number, as in `FileStatus.device`.
  package var device: UInt64
  /// Which directory of the file system is mounted.
  package var root: [UInt8]
  /// Where, absolute.
  package var point: [UInt8]
  package var type: String

  package init(id: Int, parent: Int, device: UInt64, root: [UInt8] = [0x2F], point: [UInt8], type: String) {
    self.id = id
    self.parent = parent
    self.device = device
    self.root = root
    self.point = point
    self.type = type
  }

  /// Nil for a line that is none.
  init?(_ line: ArraySlice<UInt8>) {
    guard let info = MountInfo(line) else { return nil }
    self.init(
      id: info.id, parent: info.parent, device: UInt64(info.major) << 32 | UInt64(info.minor), root: info.root,
      point: info.point, type: info.type)
  }
}

/// What is mounted where, as far as a path leads to it.
package struct MountTable: Hashable, Sendable {
  /// By mount point; of those on top of one another the uppermost.
  private(set) var visible: [[UInt8]: Mount] = [:]
  private var remote: [UInt64: Remoteness] = [:]

  /// What a file system keeps from us, and its type.
  struct Remoteness: Hashable, Sendable {
    var type: String
    /// Its time stamps say nothing of what it holds.
    var isMadeUp: Bool
  }

  package init(_ mounts: [Mount] = []) {
    var below: [Int: [Mount]] = [:]
    var ids: Set<Int> = []
    for mount in mounts where ids.insert(mount.id).inserted && mount.parent != mount.id {
      below[mount.parent, default: []].append(mount)
    }
    var pending = mounts.filter { !ids.contains($0.parent) || $0.parent == $0.id }
    var seen: Set<Int> = []
    while let mount = pending.popLast() {
      guard seen.insert(mount.id).inserted else { continue }
      // A mount at the very point of its parent lies on top of it: later ones are reached through it.
      visible[mount.point] = mount
      let inside = below[mount.id] ?? []
      // What lies below another of them is hidden by it.
      let points = Set(inside.map(\.point))
      for one in inside where !Self.hasAncestor(one.point, in: points) { pending.append(one) }
    }
    for mount in visible.values { remote[mount.device] = Self.remoteness(of: mount.type) }
  }

  private static func hasAncestor(_ path: [UInt8], in points: Set<[UInt8]>) -> Bool {
    var rest = path[...]
    while let cut = rest.lastIndex(of: .slash) {
      rest = rest[..<cut]
      if points.contains(rest.isEmpty ? [.slash] : Array(rest)), path != [.slash] { return true }
    }
    return false
  }

  private static func lies(_ path: [UInt8], below directory: [UInt8]) -> Bool {
    if directory == [.slash] { return path.count > 1 }
    return path.count > directory.count && path[directory.count] == .slash && path.starts(with: directory)
  }

  /// What a file system on that device keeps from us; nil if inotify tells everything.
  func remoteness(of device: UInt64) -> Remoteness? { remote[device] }

  /// The devices that others write to as well.
  var remoteDevices: Set<UInt64> { Set(remote.filter { !$0.value.isMadeUp }.keys) }

  /// Where something else is mounted now, shortest first.
  func changes(since old: MountTable) -> [[UInt8]] {
    Set(visible.keys).union(old.visible.keys).filter { visible[$0] != old.visible[$0] }
      .sorted { ($0.count, String(decoding: $0, as: UTF8.self)) < ($1.count, String(decoding: $1, as: UTF8.self)) }
  }

  /// Whether something is mounted at or below a directory.
  func hasMount(within directory: [UInt8]) -> Bool {
    visible.keys.contains { $0 == directory || Self.lies($0, below: directory) }
  }

  private static let madeUp: Set<String> = [
    "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "efivarfs", "fusectl", "nfsd", "nsfs", "proc",
    "pstore", "resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
  ]
  /// What one kernel alone writes to, and tells of: known by name, because one that is not known may be anything.
  private static let local: Set<String> = [
    "affs", "aufs", "autofs", "bcachefs", "befs", "bfs", "btrfs", "cramfs", "devpts", "devtmpfs", "ecryptfs", "efs",
    "erofs", "exfat", "exfat-fs", "ext2", "ext3", "ext4", "f2fs", "hfs", "hfsplus", "hpfs", "hugetlbfs", "iso9660",
    "jffs2", "jfs", "minix", "mqueue", "msdos", "nilfs2", "ntfs", "ntfs3", "omfs", "overlay", "overlayfs", "ramfs",
    "reiser4", "reiserfs", "romfs", "rootfs", "shiftfs", "squashfs", "ssdfs", "sysv", "tmpfs", "ubifs", "udf", "ufs",
    "vfat", "xfs", "zfs", "zonefs",
    // FUSE that serves only what passes through it here.
    "fuse.fuse-overlayfs", "fuse.portal",
  ]

  static func remoteness(of type: String) -> Remoteness? {
    if madeUp.contains(type) { return Remoteness(type: type, isMadeUp: true) }
    if local.contains(type) { return nil }
    return Remoteness(type: type, isMadeUp: false)
  }

  /// Mounts whose file systems may leave a question without an answer, the deepest first.
  var unsure: [UnsureMount] {
    visible.values.filter { mount in
      // What the kernel makes up lies there, and is mounted on demand.
      if [Array("/proc".utf8), Array("/sys".utf8)].contains(where: { Self.lies(mount.point, below: $0) }) {
        return false
      }
      if let remoteness = Self.remoteness(of: mount.type) { return !remoteness.isMadeUp }
      return mount.type.hasPrefix("fuse.") || mount.type == "autofs"
    }.map { mount in
      UnsureMount(
        point: mount.point, id: mount.id,
        covered: mount.type == "autofs" ? visible.keys.filter { Self.lies($0, below: mount.point) } : [])
    }.sorted { ($0.point.count, $0.id) > ($1.point.count, $1.id) }
  }
}

/// A mount whose file system may leave a question without an answer: a server's, a program's, or one that is mounted when
/// it is asked for.
struct UnsureMount: Hashable, Sendable {
  let point: [UInt8]
  let id: Int
  /// What is mounted on it already: whoever goes there asks nothing of this one. Of what mounts on demand only.
  let covered: [[UInt8]]

  func holds(_ path: some Collection<UInt8>) -> Bool {
    Self.lies(path, within: point) && !covered.contains { Self.lies(path, within: $0) }
  }

  private static func lies(_ path: some Collection<UInt8>, within directory: [UInt8]) -> Bool {
    guard path.starts(with: directory) else { return false }
    return directory == [.slash] || path.count == directory.count
      || path.dropFirst(directory.count).first == .slash
  }
}
