#if DEBUG
  import Freshness
  import Glibc
  import Testing

  /// A safeguard that nobody would miss does not belong into the engine: with each switched off, the simulation finds a
  /// violation. The seeds are those of histories that find it.
  ///
  /// `STALED_SIM_SEARCH=1000 swift test --filter MutationTests` looks for seeds anew.
  @Suite struct MutationTests {
    static let seeds: [Safeguard: UInt64] = [
      .upstreamReset: 29,
      .unseenDependency: 1,
      .madeAgain: 23,
      .forceEndsLease: 2,
      .forcedIsStale: 1,
      .forgottenStamp: 33,
      .markNow: 1,
      .pushTransitive: 1,
      .ghostWalk: 1,
      .ghostStamp: 33,
      .ghostLeaves: 40,
      .allDependencies: 1,
      .earlyCutoff: 1,
      .newDigest: 1,
      .pushOnLeaving: 49,
      .touchWhileHashing: 1,
      .differsIsStale: 40,
      .declaredHolds: 8,
      .membersFollow: 2,
      .outputsWatched: 2,
      .overflowTouchesAll: 20,
      .restartUnproven: 6,
    ]

    @Test(arguments: Safeguard.allCases) func isMissed(_ safeguard: Safeguard) {
      let search = SimulationTests.number("STALED_SIM_SEARCH", 0)
      guard search > 0 else {
        guard let seed = Self.seeds[safeguard] else { return }
        #expect(
          SimulationTests.play(seed: seed, steps: 200, without: safeguard).violation != nil,
          "nothing is wrong without \(safeguard)")
        return
      }
      if Self.seeds[safeguard] != nil, getenv("STALED_SIM_ALL") == nil { return }
      for seed in 1...UInt64(search) {
        if let violation = SimulationTests.play(seed: seed, steps: 200, without: safeguard).violation {
          print("SEED .\(safeguard): \(seed), // \(violation.prefix(90))")
          return
        }
      }
      print("SEED .\(safeguard): not caught")
    }
  }
#endif
