import Freshness
import Glibc
import Paths
import Testing

@testable import StaledAgent

/// What a look at a file shows, and when it need not read it.
@Suite struct FileLookTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func look(
    _ name: String, known: FileLook.Known? = nil
  ) -> (fingerprint: Fingerprint, stat: StatFingerprint?) {
    var look = FileLook()
    // Nil only where the machine lacks something.
    return look.look(at: folder.at(name), known: known) ?? (.unknown, nil)
  }

  @Test func whatGrowsWithoutEndIsNotReadWithoutEnd() {
    // It says that it is empty, and is not.
    var patient = FileLook()
    #expect(patient.look(at: "/proc/self/status", known: nil)?.fingerprint.isProof == true)
    var strict = FileLook(mostGrowth: 10)
    #expect(strict.look(at: "/proc/self/status", known: nil) == nil)
  }

  @Test func regularFiles() throws {
    try folder.write("empty")
    try folder.write("abc", "abc")
    // Larger than a buffer, and no multiple of one.
    try folder.write("large", [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    try folder.link("link", to: "folder/../abc")
    try folder.folder("folder")
    for (name, size, hex) in [
      ("empty", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      ("link", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      ("large", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ] {
      let seen = look(name)
      #expect(seen.fingerprint == Digest(hex).map { .digest($0) }, "\(name)")
      #expect(seen.stat?.size == Int64(size), "\(name)")
      #expect(seen.stat == FileLook.status(of: folder.at(name), following: true).map { StatFingerprint($0) })
    }
  }

  @Test func whatIsNoFile() throws {
    try folder.folder("folder")
    try folder.write("file", "x")
    try folder.link("dangling", to: "nothing")
    try folder.link("loop", to: "loop")
    try folder.link("one", to: "two")
    try folder.link("two", to: "one")
    try folder.link("there", to: "folder")
    for (name, expected) in [
      ("nothing", Fingerprint.absent), ("nothing/below", .absent), ("file/below", .absent), ("dangling", .absent),
      ("loop", .absent), ("one", .absent), (String(repeating: "n", count: 256), .absent), ("folder", .directory),
      ("there", .directory),
    ] {
      let seen = look(name)
      #expect(seen.fingerprint == expected && seen.stat == nil, "\(name)")
    }
  }

  /// Opening a FIFO that nobody writes to would wait for ever, and opening a device can do anything.
  @Test func whatIsSpecialIsNeverOpened() throws {
    #expect(mkfifo(folder.at("fifo").terminated, 0o600) == 0)
    try folder.link("tty", to: "/dev/ptmx")
    #expect(look("fifo").fingerprint == .special)
    #expect(look("tty").fingerprint == .special)
    var look = FileLook()
    #expect(look.look(at: "/dev/null", known: nil)?.fingerprint == .special)
    // A reader that was there would have let this writer in.
    #expect(open(folder.at("fifo").terminated, O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO)
  }

  @Test func statSparesReadingUnlessItIsRacy() throws {
    try folder.write("file", "now")
    let stat = try #require(look("file").stat)
    let before = Fingerprint.digest(digest("as it was known"))
    let safe = stat.changed + FileLook.racyWindow(stat)
    func known(
      _ fingerprint: Fingerprint? = nil, at time: WallClock, _ edit: (inout StatFingerprint) -> Void = { _ in }
    )
      -> FileLook.Known
    {
      var changed = stat
      edit(&changed)
      return FileLook.Known(fingerprint: fingerprint ?? before, stat: changed, lookedAt: time)
    }
    // Read no more: what was known is taken for true.
    for time in [safe, safe + 1, .max] {
      let seen = look("file", known: known(at: time))
      #expect(seen.fingerprint == before && seen.stat == stat)
    }
    // The file was so young at the last look that a later write may bear the same time; or the clock was set back.
    for time in [safe - 1, stat.changed, stat.changed - 1, 0] {
      #expect(look("file", known: known(at: time)).fingerprint == .digest(digest("now")))
    }
    // Any difference tells.
    for edit in [
      { $0.device += 1 }, { $0.inode += 1 }, { $0.size += 1 }, { $0.modified += 1 }, { $0.changed -= 1 },
    ] as [(inout StatFingerprint) -> Void] {
      #expect(look("file", known: known(at: .max, edit)).fingerprint == .digest(digest("now")))
    }
    // What proves nothing is looked at again.
    for nothing in [Fingerprint.unknown, .unreadable] {
      #expect(look("file", known: known(nothing, at: .max)).fingerprint == .digest(digest("now")))
    }
  }

  @Test func whatMayNotBeReadIsNoProof() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      try folder.write("secret/file", "x")
      try folder.write("file", "x")
      try folder.folder("listed")
      chmod(folder.path, 0o755)
      chmod(folder.at("secret").terminated, 0)
      chmod(folder.at("file").terminated, 0)
      chmod(folder.at("listed").terminated, 0o100)
      // Root may read everything.
      if geteuid() == 0 { #expect(seteuid(65534) == 0) }
      var look = FileLook()
      #expect(look.look(at: folder.at("file"), known: nil)?.fingerprint == .unreadable)
      #expect(look.look(at: folder.at("secret/file"), known: nil)?.fingerprint == .unreadable)
      #expect(look.look(at: folder.at("secret/nothing"), known: nil)?.fingerprint == .unreadable)
      #expect(look.look(at: folder.at("secret"), known: nil)?.fingerprint == .directory)
      for name in ["secret", "listed", "secret/below"] {
        #expect((try? DirectoryLookTests.listing(folder, name)) == .unreadable, "\(name)")
      }
      _ = seteuid(getuid())
      for name in ["secret", "listed"] { chmod(folder.at(name).terminated, 0o700) }
    }
  }

  @Test(arguments: [
    (ENOENT, Fingerprint?.some(.absent)), (ENOTDIR, .absent), (ELOOP, .absent), (ENAMETOOLONG, .absent),
    (EACCES, .unreadable),
    (EPERM, .unreadable), (EIO, nil), (EMFILE, nil), (ENFILE, nil), (ENOMEM, nil), (ESTALE, nil),
  ]) func failures(_ error: Int32, _ expected: Fingerprint?) { #expect(FileLook.absence(error) == expected) }
}
