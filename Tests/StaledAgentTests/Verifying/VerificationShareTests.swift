import Testing

@testable import StaledAgent

/// What the agent verifies without being asked is bounded by what it does otherwise.
@Suite struct VerificationShareTests {
  @Test func nothingIsDoneWithoutCredit() {
    var share = VerificationShare()
    var done = [share.spend(0)]
    share.earn()
    done.append(share.spend(VerificationShare.wage - VerificationShare.flat))
    #expect(share.credit == 0)
    done.append(share.spend(0))
    #expect(done == [.later, .paid, .later])
  }

  @Test func aLargeFileWaitsUntilEnoughIsEarned() {
    var share = VerificationShare()
    var batches = 0
    while share.spend(1 << 20) == .later {
      share.earn()
      batches += 1
    }
    #expect(batches == 5)
  }

  @Test func creditIsNotSavedForEverAndWhatIsTooLargeIsLeftAlone() {
    var share = VerificationShare()
    for _ in 0..<1000 { share.earn() }
    #expect(share.credit == VerificationShare.most)
    let verdict = share.spend(1 << 40)
    #expect(verdict == .never && share.credit == VerificationShare.most)
  }
}
