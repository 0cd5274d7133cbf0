import Testing

@testable import StaledAgent

/// How long refreshes take, and how far ahead they begin.
@Suite struct DurationsTests {
  private static func durations(_ values: some Sequence<Int64>) -> Durations {
    var durations = Durations()
    for value in values { durations.note(value) }
    return durations
  }

  @Test func quantilesAreByNearestRank() {
    let durations = Self.durations([50, 15, 40, 20, 35])
    let shares = [0.0, 0.05, 0.2, 0.21, 0.3, 0.4, 0.5, 0.8, 0.81, 0.95, 1.0]
    #expect(shares.map { durations.quantile($0) } == [15, 15, 15, 20, 20, 20, 35, 40, 50, 50, 50])
    #expect(Durations().quantile(0.95) == nil)
  }

  @Test func theRankIsExactForEveryNumberOfRuns() {
    for count in 1...Durations.capacity {
      let durations = Self.durations((1...Int64(count)).reversed())
      for percent in 0...100 {
        let rank = max(1, (percent * count + 99) / 100)
        #expect(durations.quantile(Double(percent) / 100) == Int64(rank), "\(percent) % of \(count)")
      }
    }
  }

  @Test func onlyTheLastSixtyFourCount() {
    let durations = Self.durations(1...200)
    #expect(durations.count == 64 && durations.quantile(0) == 137 && durations.quantile(1) == 200)
    #expect(durations.quantile(0.95) == 197)
  }

  @Test func noShareTrapsAndNegativeDurationsAreNone() {
    let durations = Self.durations([-5, 7])
    let shares: [Double] = [-1, 2, .infinity, -.infinity, .nan, .leastNonzeroMagnitude]
    #expect(shares.map { durations.quantile($0) } == [0, 7, 7, 0, 0, 0])
  }

  struct Lead: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let ttl: Int64
    let p95: Int64?
    let expected: Int64
  }

  @Test(arguments: [
    Lead(testDescription: "never refreshed: a tenth", ttl: 1000, p95: nil, expected: 100),
    Lead(testDescription: "fast: a tenth", ttl: 1000, p95: 33, expected: 100),
    Lead(testDescription: "slower: three times the percentile", ttl: 1000, p95: 34, expected: 102),
    Lead(testDescription: "slow: half the time to live", ttl: 1000, p95: 167, expected: 500),
    Lead(testDescription: "slower than the time to live", ttl: 1000, p95: .max, expected: 500),
    Lead(testDescription: "for ever", ttl: .max, p95: .max, expected: .max / 2),
    Lead(testDescription: "no time at all", ttl: 0, p95: 5, expected: 0),
    Lead(testDescription: "less than none", ttl: -1000, p95: -5, expected: 0),
  ]) func lead(_ one: Lead) {
    #expect(RefreshLead.lead(ttl: one.ttl, p95: one.p95) == one.expected)
  }
}
