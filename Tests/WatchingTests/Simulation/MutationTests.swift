#if DEBUG
  import Glibc
  import Testing

  @testable import Watching

  /// A safeguard that nobody would miss does not belong into the watcher: with each switched off, the simulation finds a
  /// violation. The seeds are those of histories that find it.
  ///
  /// `STALED_SIM_SEARCH=1000 swift test --filter WatchMutationTests` looks for seeds of those that have none.
  @Suite struct WatchMutationTests {
    static let seeds: [WatchSafeguard: UInt64] = [
      .watchBeforeList: 11, .listAfterWatch: 1, .descendIntoNew: 5, .movedOutDropped: 1, .wayRetraced: 2,
      .overflowAsksAgain: 1, .compared: 1, .comparedAtBarrier: 1, .listingCompared: 3, .recovery: 1,
      .unseenReported: 5, .mountsRead: 1, .mountsBeforeBarrier: 2, .remoteCompared: 2, .newRulesTold: 22,
    ]

    @Test func eachSafeguardIsMissed() {
      let search = UInt64(max(0, WatchSimulationTests.number("STALED_SIM_SEARCH", 0)))
      var table: [String] = []
      for safeguard in WatchSafeguard.allCases where search == 0 || Self.seeds[safeguard] == nil {
        var caught: (seed: UInt64, by: String)?
        for seed in search > 0 ? Array(1...search) : Self.seeds[safeguard].map({ [$0] }) ?? [] where caught == nil {
          caught = WatchSimulationTests.play(seed: seed, steps: 200, without: safeguard).violation.map { (seed, $0) }
        }
        guard let caught else {
          if search > 0 || Self.seeds[safeguard] != nil { Issue.record("nothing is wrong without \(safeguard)") }
          continue
        }
        if search > 0 { print("SEED .\(safeguard): \(caught.seed)") }
        table.append("\(safeguard) · \(safeguard.loss) · \(caught.seed) · \(caught.by.prefix(90))")
      }
      print("safeguard · what goes wrong without it · seed · what caught it")
      print(table.joined(separator: "\n"))
    }
  }
#endif
