import Testing

@testable import StaledAgent

/// Work that many wait for.
@Suite(.timeLimit(.minutes(1))) struct FlightsTests {
  @Test func whoeverComesSharesTheFlightThatHasNotBegun() {
    var flights = Flights<Int>()
    var made: [Task<Int, Never>?] = []
    func join() -> Task<Int, Never> {
      flights.join { previous in
        made.append(previous)
        let number = made.count
        return Task { number }
      }
    }
    let first = join()
    #expect(join() == first)
    flights.depart()
    // The first is under way: it may have missed what came before this call.
    let second = join()
    #expect(second != first && join() == second)
    #expect(made == [nil, first])
    flights.depart()
    let third = join()
    #expect(third != second && made == [nil, first, second])
  }

  @Test func aThousandCallersCostTwo() {
    var flights = Flights<Void>()
    var made = 0
    for caller in 0..<1000 {
      _ = flights.join { _ in
        made += 1
        return Task {}
      }
      if caller == 0 { flights.depart() }
    }
    #expect(made == 2)
  }

  /// An actor that flies as the agent does, and keeps count.
  private actor Airport {
    private var flights = Flights<Int>()
    private var departed = 0
    private var flying = false

    func fly() async -> Int {
      let flight = flights.join { previous in
        Task {
          _ = await previous?.value
          return await depart()
        }
      }
      return await flight.value
    }

    private func depart() async -> Int {
      flights.depart()
      departed += 1
      let number = departed
      #expect(!flying, "two at once")
      flying = true
      for _ in 0..<20 { await Task.yield() }
      flying = false
      return number
    }

    /// Calls now, and says how many flights had begun before.
    func call() async -> (before: Int, flight: Int) {
      let before = departed
      return (before, await fly())
    }
  }

  @Test func aFlightBeganAfterTheCallThatItServes() async {
    let airport = Airport()
    let calls = await withTaskGroup(of: (before: Int, flight: Int).self) { group in
      for _ in 0..<1000 { group.addTask { await airport.call() } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(calls.count == 1000)
    // At most one was under way at the call, and the next is shared.
    #expect(calls.allSatisfy { $0.flight == $0.before + 1 })
  }
}
