internal import Paths

/// A line of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`), as far as it matters here.
struct MountLine: Hashable, Sendable {
  /// Absolute.
  var point: Path
  var type: String
  var isReadOnly: Bool

  init(point: Path, type: String, isReadOnly: Bool) {
    self.point = point
    self.type = type
    self.isReadOnly = isReadOnly
  }

  /// Nil for a line that is none.
  init?(_ line: ArraySlice<UInt8>) {
    guard let info = MountInfo(line) else { return nil }
    // Either the mount or the whole file system may be.
    self.init(
      point: Path(info.point), type: info.type,
      isReadOnly: info.options.contains("ro") || info.superOptions.contains("ro"))
  }

  /// The mount that an absolute path lies on: the deepest, of those at one point the last.
  static func holding(_ path: Path, in mountinfo: [UInt8]) -> MountLine? {
    var best: MountLine?
    for line in mountinfo.split(separator: UInt8(ascii: "\n")) {
      guard let mount = MountLine(line), path.isWithin(mount.point) else { continue }
      if mount.point.bytes.count >= best?.point.bytes.count ?? 0 { best = mount }
    }
    return best
  }
}

/// On what the workspace and its state lie.
struct MountFigures: Hashable, Sendable {
  /// Nil where the kernel does not tell.
  var workspace: MountLine?
  var state: MountLine?
}

extension MountFigures {
  /// What a type of file system means to who watches it.
  enum Kind: Hashable {
    case ordinary, network, program, layered, madeUp
  }

  private static let network: Set<String> = [
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs",
    "fuse.sshfs", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3",
    "smbfs", "vboxsf", "virtiofs", "vmhgfs",
  ]
  private static let madeUp: Set<String> = [
    "cgroup", "cgroup2", "configfs", "debugfs", "proc", "securityfs", "sysfs", "tracefs",
  ]

  static func kind(of type: String) -> Kind {
    if network.contains(type) { return .network }
    if ["overlay", "overlayfs", "aufs", "fuse.fuse-overlayfs"].contains(type) { return .layered }
    if type == "fuse" || type == "fuseblk" || type.hasPrefix("fuse.") { return .program }
    return madeUp.contains(type) ? .madeUp : .ordinary
  }

  /// What there is to say.
  func checkup() -> Checkup {
    guard let workspace else {
      return Checkup(name: "file system", summary: "the kernel does not tell what is mounted", findings: [])
    }
    let apart = state.flatMap { $0 == workspace ? nil : ", its state on \($0.type) (\($0.point))" } ?? ""
    return Checkup(
      name: "file system", summary: "\(workspace.type) (\(workspace.point))\(apart)",
      findings: Self.findings(ofWorkspace: workspace) + (state.map(Self.findings(ofState:)) ?? []))
  }

  private static func findings(ofWorkspace mount: MountLine) -> [Finding] {
    let figure = "\(mount.point) is of type \(mount.type)"
    var findings: [Finding] = []
    switch kind(of: mount.type) {
    case .ordinary: break
    case .network:
      findings.append(
        Finding(
          .warning, "The workspace is on a network file system: changes made by other machines send no events.",
          figure: figure,
          remedy:
            "Nothing needs to be done: it is compared every few seconds, and whenever it is asked for. On a local disk it"
            + " would be watched."))
    case .program:
      findings.append(
        Finding(
          .warning, "The workspace is served by a program (FUSE): changes made behind its back send no events.",
          figure: figure,
          remedy:
            "Nothing needs to be done: it is compared every few seconds, and whenever it is asked for. On a local disk it"
            + " would be watched."))
    case .layered:
      findings.append(
        Finding(
          .advice, "The workspace is on an overlay: changes made in its lower layers, from outside, send no events.",
          figure: figure,
          remedy: "Change files through this mount only, or mount the folder itself (a bind mount, a volume)."))
    case .madeUp:
      findings.append(
        Finding(
          .warning, "The workspace is what the kernel makes up: neither events nor times tell what changes.",
          figure: figure, remedy: "Keep the workspace on a disk."))
    }
    if mount.isReadOnly {
      findings.append(
        Finding(
          .advice, "The workspace is mounted read-only: refresh commands can write no files there.",
          figure: "\(mount.point) is mounted ro",
          remedy: "sudo mount -o remount,rw '\(mount.point)', if that is not meant."))
    }
    return findings
  }

  private static func findings(ofState mount: MountLine) -> [Finding] {
    if mount.isReadOnly {
      return [
        Finding(
          .error, "The state directory is on a read-only mount: an agent can keep nothing.",
          figure: "\(mount.point) is mounted ro",
          remedy: "export STALED_DIR=\"$HOME/.cache/staled\", or another directory that can be written")
      ]
    }
    switch kind(of: mount.type) {
    case .ordinary, .layered: return []
    case .network, .program, .madeUp:
      return [
        Finding(
          .warning, "The state directory is not on a local disk: locks and memory that is shared may not work there.",
          figure: "\(mount.point) is of type \(mount.type)",
          remedy: "export STALED_DIR=\"$HOME/.cache/staled\", or another directory on a local disk")
      ]
    }
  }
}
