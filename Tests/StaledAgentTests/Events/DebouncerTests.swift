import Testing

@testable import StaledAgent

/// A moment that the test chooses, in milliseconds.
private struct Moment: InstantProtocol {
  var at: Int
  func advanced(by duration: Swift.Duration) -> Moment { Moment(at: at + duration.milliseconds) }
  func duration(to other: Moment) -> Swift.Duration { .milliseconds(other.at - at) }
  static func < (left: Moment, right: Moment) -> Bool { left.at < right.at }
}

extension Duration {
  fileprivate var milliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}

/// When a batch is due.
@Suite struct DebouncerTests {
  /// What happens, and what is due after it.
  enum Step: Sendable {
    case note(Int, due: Int)
    case end(began: Int?)
    case times(settle: Int, maxDelay: Int, due: Int?)
  }

  static let histories: [(settle: Int, maxDelay: Int, steps: [Step])] = [
    // One event: due when it has settled; nothing is due before and after.
    (50, 1000, [.end(began: nil), .note(10, due: 60), .end(began: 10), .end(began: nil)]),
    // Each event puts it off, until the batch is too old.
    (
      50, 120, [.note(0, due: 50), .note(40, due: 90), .note(80, due: 120), .note(110, due: 120), .note(200, due: 120)]
    ),
    // The next batch counts anew.
    (50, 60, [.note(0, due: 50), .note(40, due: 60), .end(began: 0), .note(61, due: 111), .end(began: 61)]),
    // No settle time: due at once, whatever comes.
    (0, 1000, [.note(5, due: 5), .note(7, due: 7)]),
    (50, 0, [.note(5, due: 5), .note(7, due: 5)]),
    // maxDelay bounds a settle time that is longer.
    (500, 100, [.note(0, due: 100), .note(99, due: 100)]),
    // New times hold for the batch that is open.
    (
      3_600_000, 3_600_000,
      [
        .note(0, due: 3_600_000), .times(settle: 10, maxDelay: 100, due: 10), .note(95, due: 100),
        .times(settle: 50, maxDelay: 1000, due: 145), .end(began: 0), .times(settle: 1, maxDelay: 1, due: nil),
      ]
    ),
    // Events at the same moment are one.
    (5, 10, [.note(3, due: 8), .note(3, due: 8), .end(began: 3)]),
  ]

  @Test(arguments: histories.indices) func history(_ index: Int) {
    let (settle, maxDelay, steps) = Self.histories[index]
    var debouncer = Debouncer<Moment>(settle: .milliseconds(settle), maxDelay: .milliseconds(maxDelay))
    #expect(debouncer.due == nil && debouncer.first == nil)
    for step in steps {
      switch step {
      case .note(let now, let due):
        debouncer.note(at: Moment(at: now))
        #expect(debouncer.due?.at == due, "\(step)")
      case .end(let began):
        #expect(debouncer.first?.at == began, "\(step)")
        #expect(debouncer.end()?.at == began, "\(step)")
        #expect(debouncer.due == nil && debouncer.first == nil, "\(step)")
      case .times(let settle, let maxDelay, let due):
        debouncer.settle = .milliseconds(settle)
        debouncer.maxDelay = .milliseconds(maxDelay)
        #expect(debouncer.due?.at == due, "\(step)")
      }
    }
  }
}
