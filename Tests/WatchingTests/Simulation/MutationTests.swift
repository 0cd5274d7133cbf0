#if DEBUG
  import Glibc
  import Testing

  @testable import Watching

  /// A safeguard that nobody would miss does not belong into the watcher: with each switched off, the simulation finds a
  /// violation, or a list of steps that is written for it (`StepList`) ends otherwise. The seeds are those of histories
  /// that find it.
  ///
  /// `STALED_SIM_ANEW=3000 swift test --filter WatchMutationTests` finds each anew, in at most so many histories, of each
  /// family in turn; with `STALED_SIM_SEED=n` from that on, with `STALED_SIM_WITHOUT=name,name` only some.
  @Suite struct WatchMutationTests {
    static let seeds: [WatchSafeguard: Int] = [
      .watchBeforeList: 11, .listAfterWatch: 300001, .descendIntoNew: 300000, .oldEventsReplaced: 7, .exchanged: 100013,
      .movedOutDropped: 200000, .movedTouched: 200084, .movedRules: 300304, .sharedDescriptor: 300109,
      .wayRetraced: 200001, .secondLink: 100133, .ownWatch: 200023, .lookAfterWatch: 201117, .selfEvents: 203289,
      .overflowScans: 200006, .overflowAsksAgain: 200001, .compared: 1, .comparedAtBarrier: 200003,
      .listingCompared: 100000, .racyLook: 200399, .recovery: 1, .unseenReported: 4, .mountsRead: 1,
      .mountsBeforeBarrier: 2, .remoteCompared: 100000, .newRulesTold: 200003, .rulesMayReturn: 300004,
    ]

    @Test func eachSafeguardIsMissed() {
      let anew = WatchSimulationTests.number("STALED_SIM_ANEW", 0)
      let first = getenv("STALED_SIM_SEED").map { _ in WatchSimulationTests.number("STALED_SIM_SEED", 1) }
      var table = ["safeguard · what goes wrong without it · seed · what caught it"]
      let only = getenv("STALED_SIM_WITHOUT").map { String(cString: $0).split(separator: ",") }
      for safeguard in WatchSafeguard.allCases where only?.contains(Substring(safeguard.rawValue)) ?? true {
        let tried =
          anew > 0 ? WatchSimulationTests.seeds(anew, from: first) : Self.seeds[safeguard].map { [$0] } ?? []
        var caught: (seed: Int, by: String)?
        for seed in tried {
          guard let by = WatchSimulationTests.play(seed: UInt64(seed), steps: 200, without: safeguard).violation
          else { continue }
          // A history that is wrong with it as well says nothing.
          if anew > 0, WatchSimulationTests.play(seed: UInt64(seed), steps: 200).violation != nil { continue }
          caught = (seed, by)
          break
        }
        if caught == nil, let list = StepList.all.first(where: { $0.safeguard == safeguard }) {
          guard list.play(without: safeguard) != list.play(without: nil) else {
            Issue.record("its step list ends alike without \(safeguard): \(safeguard.loss)")
            continue
          }
          table.append("\(safeguard) · \(safeguard.loss) · step list · \(list.story)")
          continue
        }
        guard let caught else {
          Issue.record("nothing is wrong without \(safeguard): \(safeguard.loss)")
          continue
        }
        if getenv("STALED_SIM_SEEDS") != nil { print(".\(safeguard): \(caught.seed),") }
        table.append("\(safeguard) · \(safeguard.loss) · \(caught.seed) · \(caught.by.prefix(90))")
      }
      print(table.joined(separator: "\n"))
    }
  }
#endif
