import Testing

@testable import Watching

/// When a look is worth something: git's racy rule.
@Suite struct LookTests {
  private static let second: Int64 = 1_000_000_000
  private static let remote = MountTable.Remoteness(type: "nfs4", isMadeUp: false)

  /// Age of the stamp (ms), whole seconds only, remote; whether that is settled at once; after how many ms it is.
  @Test(arguments: [
    (1, false, false, false, 20), (21, false, false, true, 0), (1999, true, false, false, 2000),
    (3000, true, false, true, 0), (5000, false, true, false, 20), (5000, true, true, false, 2000),
    (3_601_000, true, true, true, 0), (-5000, false, false, false, 20),
  ]) func aYoungStampIsNoProof(_ age: Int64, _ isCoarse: Bool, _ isRemote: Bool, _ isSettled: Bool, _ wait: Int64) {
    let now = 1000 * Self.second
    var stamp = now - age * 1_000_000
    if isCoarse { stamp = stamp / Self.second * Self.second } else if stamp % Self.second == 0 { stamp += 1 }
    let status = FileStatus(kind: .file, links: 1, modified: stamp, changed: stamp)
    var look = Look(status, remoteness: isRemote ? Self.remote : nil, at: (now, 5))
    #expect(look.isSettled == isSettled)
    if isSettled { return }
    look.itself.confirm(at: (now, 5 + wait * 1_000_000 - 1))
    #expect(!look.isSettled)
    look.itself.confirm(at: (now, 5 + wait * 1_000_000))
    #expect(look.isSettled)
  }

  @Test func theReaderWaitsUntilTheNextRound() {
    #expect(Watcher.patience(until: nil, 7) == -1)
    #expect(Watcher.patience(until: 2_000_000_001, 1) == 2000)
    #expect(Watcher.patience(until: 2_000_000_001, 2) == 2000)
    #expect(Watcher.patience(until: 5, 9) == 0)
    #expect(Watcher.patience(until: .max, 9) == .max)
  }
}
