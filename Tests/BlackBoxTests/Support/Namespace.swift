import Foundation

/// Private kernel namespaces in which a test mounts file systems and lowers limits: nothing of it reaches the host, and all
/// of it is gone with the last process inside.
///
/// One process holds them; programs enter by `wrapper`, and files and sockets inside are reached from outside below `root`.
final class Namespace {
  enum Kind {
    /// Mounts of its own.
    case mounts
    /// A user of its own, and so limits of its own; with mounts of its own too.
    case user
  }

  private let holder = Process()
  private let input = Pipe()
  private let flags: [String]

  init(_ kind: Kind) throws {
    // Whoever is no superuser becomes one in a user namespace; the superuser mounts without one, which more file systems allow.
    let withUser = kind == .user || geteuid() != 0
    flags = withUser ? ["-U", "-m", "--preserve-credentials"] : ["-m"]
    let output = Pipe()
    holder.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    holder.arguments =
      (withUser ? ["-r"] : []) + ["-m", "--propagation", "private", "/bin/sh", "-c", "echo; exec cat >/dev/null"]
    holder.standardInput = input
    holder.standardOutput = output
    holder.standardError = FileHandle.nullDevice
    try holder.run()
    guard output.fileHandleForReading.readData(ofLength: 1) == Data("\n".utf8) else {
      holder.waitUntilExit()
      throw Refused()
    }
  }

  deinit {
    try? input.fileHandleForWriting.close()
    kill(holder.processIdentifier, SIGKILL)
    holder.waitUntilExit()
  }

  /// The kernel does not give this user the namespaces.
  struct Refused: Error {}

  /// What goes before a command to run it inside.
  var wrapper: [String] { ["/usr/bin/nsenter", "-t", "\(holder.processIdentifier)"] + flags }

  /// The root directory inside, from outside.
  var root: String { "/proc/\(holder.processIdentifier)/root" }

  /// A path inside, from outside.
  func path(_ inside: URL) -> URL { URL(fileURLWithPath: root + inside.path) }

  /// Runs a shell script inside, in a folder.
  @discardableResult
  func sh(_ script: String, in folder: URL) throws -> Ended {
    let words = wrapper + ["/bin/sh", "-ec", "cd \"$1\"; \(script)", "sh", folder.path]
    return try run(URL(fileURLWithPath: words[0]), Array(words.dropFirst()))
  }

  /// Whether a script succeeds in such namespaces: what the machine that runs the tests allows.
  static func allows(_ kind: Kind, _ script: String) -> Bool {
    guard let namespace = try? Namespace(kind) else { return false }
    return (try? namespace.sh(script, in: URL(fileURLWithPath: "/tmp")))?.status == 0
  }
}

/// What the machine that runs the tests allows. A test that needs more is not run, and the run's output names it and says
/// why: in a container without privileges these faults cannot be made. Debian 12 as root allows all.
enum Machine {
  static let mounts = Namespace.allows(.mounts, "mount -t tmpfs tmpfs /mnt")
  static let limits = Namespace.allows(.user, "echo 1 > /proc/sys/user/max_inotify_watches")
  static let overlays = Namespace.allows(
    .mounts,
    "mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir l u w m; mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m")
  static let fuse = Namespace.allows(
    .mounts, "command -v bindfs; mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir a b; bindfs a b; umount b")
  static let loops = Namespace.allows(
    .mounts,
    """
    PATH=$PATH:/usr/sbin; mount -t tmpfs tmpfs /mnt; cd /mnt; head -c 8388608 /dev/zero > i; mkfs.ext4 -qF i
    mkdir m; mount -o loop i m
    """)
  /// Runs what follows as an ordinary user: the superuser without the capabilities that override permissions.
  static let ordinaryUser = geteuid() == 0 ? ["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all"] : []
}
