#if DEBUG
  import Freshness
  import Glibc
  import Testing

  /// A safeguard that nobody would miss does not belong into the engine: with each switched off, the simulation finds a
  /// violation. In the usual run the history is stored; in the long one (`Tests/simulate`) each is found anew.
  @Suite struct MutationTests {
    @Test func eachIsMissed() async {
      let anew = SimulationTests.number("STALED_SIM_ANEW", 0)
      let first = UInt64(SimulationTests.number("STALED_SIM_SEED", 1))
      var table: [String] = []
      let only = getenv("STALED_SIM_ONLY").map { String(cString: $0) }
      for mutation in Mutation.allCases where only == nil || only == "\(mutation)" {
        let found: History.Found?
        if anew > 0 {
          found = await History.search(from: first, count: anew, steps: SimulationTests.steps, without: mutation)
        } else if let seed = Self.seeds[mutation] {
          found = History.play(seed: seed, steps: 200, without: mutation)
            .map { History.Found(seed: seed, played: 1, violation: $0) }
        } else {
          found = nil
        }
        table.append(Self.line(mutation, found, anew: anew > 0))
        if getenv("STALED_SIM_SEEDS") != nil, let found {
          print("      .\(mutation.origin)(.\(mutation)): \(found.seed),")
        }
        if found == nil {
          Issue.record("nothing is wrong without \(mutation): \(mutation.loss)")
        }
      }
      print((["safeguard          caught by    history  without it"] + table).joined(separator: "\n"))
    }

    private static func line(_ mutation: Mutation, _ found: History.Found?, anew: Bool) -> String {
      func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
      }
      let caught = found.map { String($0.violation.prefix { $0 != ":" }.prefix(12)) } ?? "NOT CAUGHT"
      let history = found.map { anew ? "after \($0.played)" : "\($0.seed)" } ?? "–"
      return pad("\(mutation)", 19) + pad(caught, 13) + pad(history, 12) + mutation.loss
    }
  }
#endif
