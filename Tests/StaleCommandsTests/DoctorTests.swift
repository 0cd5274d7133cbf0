import FakeAgent
import Paths
import StaledAPI
import Testing

@testable import StaleCommands

/// What is decided of which figures.
@Suite struct DoctorTests {
  /// `error: …` of each finding, cut where tables need no more.
  static func said(_ findings: [Finding]) -> [String] { findings.map { "\($0.level): \($0.what.prefix(40))" } }

  static func inotify(
    _ watches: Int, used: Int, agent: Int? = nil, directories: Int? = nil, instances: Int = 128, instancesUsed: Int = 1,
    queue: Int = 16384
  ) -> InotifyFigures {
    InotifyFigures(
      watches: .init(name: "fs.inotify.max_user_watches", value: watches),
      instances: .init(name: "fs.inotify.max_user_instances", value: instances),
      queue: .init(name: "fs.inotify.max_queued_events", value: queue),
      users: [
        .init(pid: 7, name: "editor", watches: used, instances: instancesUsed),
        .init(pid: 9, name: "idle", watches: 0, instances: 0),
      ], agentWatches: agent, directories: directories)
  }

  @Test(
    arguments: [
      (inotify(8192, used: 100), []),
      (inotify(8192, used: 100, directories: 8092), []),
      (inotify(8192, used: 100, directories: 8093), ["error: There are too few inotify watches for th"]),
      (inotify(8192, used: 8192), ["error: The limit of inotify watches is reached:"]),
      (inotify(8192, used: 0, agent: 8192), ["error: The limit of inotify watches is reached:"]),
      (inotify(8192, used: 7400), ["warning: The limit of inotify watches is almost r"]),
      (inotify(8192, used: 7300), []),
      (inotify(8192, used: 1, instances: 16, instancesUsed: 8), []),
      (
        inotify(8192, used: 1, instances: 16, instancesUsed: 9),
        ["warning: The limit of inotify instances is almost"]
      ),
      (inotify(8192, used: 1, instances: 16, instancesUsed: 16), ["error: The limit of inotify instances is reache"]),
      (inotify(8192, used: 1, queue: 16383), ["warning: The queue of inotify is short: a burst o"]),
      (InotifyFigures(), []),
    ] as [(InotifyFigures, [String])])
  func limitsOfInotify(_ figures: InotifyFigures, _ expected: [String]) {
    #expect(Self.said(figures.checkup().findings) == expected)
  }

  @Test func aLimitComesWithTheCommandThatRaisesIt() {
    let finding = Self.inotify(8192, used: 8000, directories: 400_000).checkup().findings.first
    #expect(
      finding
        == Finding(
          .error,
          "There are too few inotify watches for this workspace: what cannot be watched is compared again and again.",
          figure:
            "8000 of 8192 (fs.inotify.max_user_watches) are in use by this user; about 400000 directories would be watched",
          remedy: "sudo sysctl fs.inotify.max_user_watches=816000"
            + "  (to keep it: the line fs.inotify.max_user_watches=816000 in /etc/sysctl.d/60-staled.conf)",
          examples: ["editor (pid 7): 8000 watches"]))
    #expect(
      Self.inotify(8192, used: 100, queue: 64).checkup().summary
        == "100 of 8192 watches, 1 of 128 instances, queue of 64")
  }

  static let mountinfo = Array(
    """
    22 27 0:21 / /proc rw,relatime - proc proc rw
    27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
    30 27 0:40 / /mnt/a\\040b rw,noatime shared:3 master:1 - nfs4 server:/x rw,vers=4.2
    31 27 0:41 / /mnt/ro ro,relatime - ext4 /dev/vdb rw
    32 27 0:42 / /mnt/super rw,relatime - ext4 /dev/vdb ro,errors=remount-ro
    33 27 0:43 / /mnt/top rw - ext4 /dev/vdb rw
    34 33 0:44 / /mnt/top rw - tmpfs tmpfs rw
    torn line
    """.utf8)

  @Test(
    arguments: [
      ("/home/w", "/", "ext4", false), ("/mnt/a b/w", "/mnt/a b", "nfs4", false), ("/mnt/a", "/", "ext4", false),
      ("/mnt/ro", "/mnt/ro", "ext4", true), ("/mnt/super/w", "/mnt/super", "ext4", true),
      ("/mnt/rotten", "/", "ext4", false), ("/mnt/top/x", "/mnt/top", "tmpfs", false),
    ] as [(Path, Path, String, Bool)])
  func theMountOfAPath(_ path: Path, _ point: Path, _ type: String, _ isReadOnly: Bool) {
    #expect(
      MountLine.holding(path, in: Self.mountinfo) == MountLine(point: point, type: type, isReadOnly: isReadOnly))
  }

  @Test(
    arguments: [
      ("ext4", false, []), ("btrfs", false, []), ("tmpfs", false, []),
      (
        "nfs4", false,
        ["warning: The workspace is on a network file syste", "warning: The state directory is not on a local di"]
      ),
      (
        "fuse.sshfs", false,
        ["warning: The workspace is on a network file syste", "warning: The state directory is not on a local di"]
      ),
      (
        "fuse.bindfs", false,
        ["warning: The workspace is served by a program (FU", "warning: The state directory is not on a local di"]
      ),
      ("overlay", false, ["advice: The workspace is on an overlay: changes "]),
      (
        "proc", false,
        ["warning: The workspace is what the kernel makes u", "warning: The state directory is not on a local di"]
      ),
      (
        "ext4", true,
        ["advice: The workspace is mounted read-only: refr", "error: The state directory is on a read-only mo"]
      ),
    ] as [(String, Bool, [String])])
  func fileSystems(_ type: String, _ isReadOnly: Bool, _ expected: [String]) {
    let mount = MountLine(point: "/w", type: type, isReadOnly: isReadOnly)
    #expect(Self.said(MountFigures(workspace: mount, state: mount).checkup().findings) == expected)
    // A state elsewhere is judged by where it is.
    let disk = MountLine(point: "/", type: "ext4", isReadOnly: false)
    let apart = MountFigures(workspace: mount, state: disk).checkup()
    #expect(Self.said(apart.findings) == expected.filter { !$0.contains("The state directory") })
    #expect(apart.summary == "\(type) (/w), its state on ext4 (/)")
  }

  static func state(
    _ mode: UInt32 = 0o700, owner: UInt32 = 5, isDirectory: Bool = true, files: [(String, UInt32, UInt32)] = []
  ) -> StateFigures {
    StateFigures(
      directory: "/w/.staled", user: 5, itself: .init(name: "", mode: mode, owner: owner, isDirectory: isDirectory),
      files: [.init(name: ".gitignore", mode: 0o644, owner: 5), .init(name: "lock", mode: 0o600, owner: 5)]
        + files.map { .init(name: $0.0, mode: $0.1, owner: $0.2) })
  }

  @Test(
    arguments: [
      (state(), [], []),
      (StateFigures(directory: "/w/.staled", user: 5), [], []),
      (state(0o755), ["warning: Others may enter the state directory."], ["chmod 700 '/w/.staled'"]),
      (state(0o500), ["error: The state directory cannot be used by it"], ["chmod 700 '/w/.staled'"]),
      (
        state(owner: 0), ["error: The state directory belongs to somebody "],
        ["Use stale as that user, or set STALED_DIR to a directory of your own."]
      ),
      (
        state(isDirectory: false), ["error: Where the state directory should be is a"],
        ["mv '/w/.staled' '/w/.staled.old'"]
      ),
      (
        state(files: [("it's", 0o640, 5)]), ["warning: Others may use files of the agent."],
        [#"chmod 600 '/w/.staled/it'\''s'"#]
      ),
      (
        state(files: [("lock2", 0o400, 5)]), ["error: The agent may not use its own files."],
        ["chmod 600 '/w/.staled/lock2'"]
      ),
      (
        state(files: [("state.db", 0o600, 0)]), ["error: Files of the agent belong to somebody el"],
        [#"sudo chown -R "$(id -u):$(id -g)" '/w/.staled'"#]
      ),
    ] as [(StateFigures, [String], [String])])
  func theStateDirectory(_ figures: StateFigures, _ expected: [String], _ remedies: [String]) {
    let findings = figures.checkup().findings
    #expect(Self.said(findings) == expected.map { String($0) })
    #expect(findings.map(\.remedy) == remedies)
  }

  @Test(
    arguments: [
      (1 << 40, 1_000_000, 4096, nil, []),
      (1 << 40, nil, nil, nil, []),
      (255 << 20, nil, 4096, nil, ["warning: The disk of the state directory is almos"]),
      (31 << 20, nil, 4096, nil, ["error: The disk of the state directory is full:"]),
      (1 << 40, 999, 4096, nil, ["warning: The file system of the state directory i"]),
      (1 << 40, 99, 4096, nil, ["error: The file system of the state directory i"]),
      (1 << 40, nil, 255, nil, ["warning: Few open files are allowed: few callers "]),
      (1 << 40, nil, 63, nil, ["error: Too few open files are allowed: an agent"]),
      (1 << 40, nil, 1000, 900, []),
      (1 << 40, nil, 1000, 901, ["warning: The agent has almost as many files open "]),
    ] as [(Int, Int?, Int?, Int?, [String])])
  func room(_ bytes: Int, _ inodes: Int?, _ limit: Int?, _ inUse: Int?, _ expected: [String]) {
    let figures = RoomFigures(
      directory: "/w", disk: .init(freeBytes: bytes, freeInodes: inodes),
      openFiles: .init(hardLimit: limit, inUse: inUse))
    #expect(Self.said(figures.checkups().flatMap(\.findings)) == expected)
  }

  static func status(
    pid: Int = 7, version: String = "1", problems: [String]? = nil, degraded: [Status.Degradation] = []
  ) -> AgentFigures.Answer {
    .status(
      Status(
        state: "watching", clock: "c", workspace: "/w", pid: pid, version: version, started: "x",
        manifest: .init(ok: problems == nil, problems: problems), watches: 5, entries: [:], resources: 0,
        degraded: degraded))
  }

  static func agent(
    _ answer: AgentFigures.Answer, _ lock: AgentFigures.Lock, left: Bool = false
  ) -> AgentFigures {
    AgentFigures(
      directory: "/w/.staled", answer: answer, lock: lock,
      file: left ? AgentFile(pid: 8, socket: "/s", version: "1", started: "x") : nil, socket: left ? "/s" : nil,
      toolVersion: "1")
  }

  @Test(
    arguments: [
      (agent(status(), .held(pid: 7)), []), (agent(status(), .held(pid: 0)), []), (agent(status(), .unknown), []),
      (agent(status(), .held(pid: 8)), ["error: Two agents run for this workspace: the o"]),
      (agent(status(), .free), ["error: The agent's lock was taken away: a secon"]),
      (agent(status(version: "2"), .held(pid: 7)), ["warning: Agent and tool are of different versions"]),
      (
        agent(status(problems: ["staled.json:1:1: bad"]), .held(pid: 7)),
        ["warning: The agent goes on with the last manifest"]
      ),
      (
        agent(status(degraded: [.init(what: "/mnt", reason: "it is remote", remedy: "r")]), .held(pid: 7)),
        ["warning: /mnt: it is remote"]
      ),
      (agent(.none, .free), ["advice: No agent is running for this workspace."]),
      (agent(.none, .free, left: true), ["warning: No agent is running, and the last one di"]),
      (agent(.none, .held(pid: 8), left: true), ["error: An agent holds the lock, and nobody can "]),
      (agent(.unusable("denied"), .held(pid: 8), left: true), ["error: The agent's socket cannot be used."]),
      (agent(.busy, .held(pid: 8), left: true), []),
      (agent(.trouble("it hangs"), .held(pid: 8), left: true), ["error: The agent's socket does not answer."]),
    ] as [(AgentFigures, [String])])
  func agents(_ figures: AgentFigures, _ expected: [String]) {
    #expect(Self.said(figures.checkup().findings) == expected)
  }

  @Test func whatIsDegradedIsSaidOnce() {
    let degraded = Status.Degradation(what: "/mnt", reason: "it is remote", remedy: "r")
    var figures = Self.agent(Self.status(degraded: [degraded]), .held(pid: 7))
    figures.advice = [
      .init(kind: .noisyCause, subject: "file:log", figure: "9 of 10", message: "ends most", remedy: "leave it out"),
      .init(kind: .degraded, subject: "/mnt", figure: "f", message: "m", remedy: "r"),
      .init(
        kind: .broadTag, subject: "t", figure: "5 of 5", message: "tag t is on all", remedy: "r", examples: ["n/a"]),
    ]
    #expect(
      figures.adviceCheckup()?.findings == [
        Finding(.advice, "file:log: ends most", figure: "9 of 10", remedy: "leave it out"),
        Finding(.advice, "tag t is on all", figure: "5 of 5", remedy: "r", examples: ["n/a"]),
      ])
    (figures.advice, figures.adviceFailure) = ([], "it hangs")
    #expect(figures.adviceCheckup()?.summary == "the agent gave no advice: it hangs")
    figures.answer = .none
    #expect(figures.adviceCheckup() == nil)
  }

  @Test(
    arguments: [
      ("1: FLOCK  ADVISORY  WRITE 9574 fe:00:12345 0 EOF\n", 0xFE00, .held(pid: 9574)),
      ("1: FLOCK  ADVISORY  WRITE 0 fe:00:12345 0 EOF\n", 0xFE00, .held(pid: 0)),
      ("1: FLOCK  ADVISORY  WRITE 9574 fe:01:12345 0 EOF\n", 0xFE00, .free),
      ("1: FLOCK  ADVISORY  WRITE 9574 fe:00:1234 0 EOF\n", 0xFE00, .free),
      ("1: POSIX  ADVISORY  WRITE 9574 fe:00:12345 0 EOF\n", 0xFE00, .free),
      (
        "1: FLOCK  ADVISORY  WRITE 7 00:2b:12345 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 8 00:2b:12345 0 EOF\n", 0x2C,
        .held(pid: 7)
      ),
      ("", 0xFE00, .free), ("torn FLOCK", 0xFE00, .free),
    ] as [(String, UInt64, AgentFigures.Lock)])
  func whoHoldsTheLock(_ locks: String, _ device: UInt64, _ expected: AgentFigures.Lock) {
    #expect(AgentFigures.Lock(Array(locks.utf8), device: device, inode: 12345) == expected)
  }

  @Test func theWorstIsSaidFirst() {
    let diagnosis = Diagnosis(checkups: [
      Checkup(
        name: "agent", summary: "none is running", findings: [Finding(.advice, "A.", figure: "", remedy: "do a")]),
      Checkup(name: "file system", summary: "nfs", findings: [Finding(.warning, "W.", figure: "w", remedy: "")]),
      Checkup(
        name: "disk", summary: "full",
        findings: [Finding(.error, "E\u{7}.", figure: "e", remedy: "do\ne", examples: ["one", "two"])]),
    ])
    let findings = """
      error: E\\u{7}.
        e
        - one
        - two
        → do e

      warning: W.
        w

      advice: A.
        → do a

      """
    #expect(diagnosis.text(paint: Paint(isOn: false), isQuiet: true) == findings)
    #expect(
      diagnosis.text(paint: Paint(isOn: false), isQuiet: false)
        == "✓ agent       none is running\n! file system nfs\n✗ disk        full\n\n" + findings
        + "\n1 error, 1 warning, 1 piece of advice\n")
    #expect(!diagnosis.isSound)
    #expect(Diagnosis(checkups: [diagnosis.checkups[0]]).isSound)
    #expect(Diagnosis(checkups: []).text(paint: Paint(isOn: false), isQuiet: false) == "\nnothing is wrong\n")
  }
}
