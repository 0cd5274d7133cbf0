internal import Freshness

/// Who may make an entry that many want: one at a time. Whoever comes while somebody makes it waits, and the turn passes on if it is
/// given back without the entry having been made.
///
/// It is kept by an actor and used only there. A turn is given to a ticket; whoever leaves gives back what he has, or his place.
struct Turns {
  typealias Ticket = UInt64
  typealias Wake = @Sendable () -> Void

  private struct Line {
    var holder: Ticket
    /// In the order they came.
    var waiting: [(ticket: Ticket, wake: Wake)] = []
  }

  private var lines: [EntryName: Line] = [:]
  private var last: Ticket = 0

  /// How many entries are being made by turns.
  var count: Int { lines.count }

  /// How many wait for an entry.
  func waiting(for name: EntryName) -> Int { lines[name]?.waiting.count ?? 0 }

  /// Asks for a turn: true if it is one's own now; otherwise `wake` is called when something has changed.
  mutating func ask(_ name: EntryName, _ wake: @escaping Wake) -> (ticket: Ticket, isOwn: Bool) {
    last += 1
    guard lines[name] != nil else {
      lines[name] = Line(holder: last)
      return (last, true)
    }
    lines[name]?.waiting.append((last, wake))
    return (last, false)
  }

  /// Whether a ticket has the turn.
  func holds(_ ticket: Ticket, _ name: EntryName) -> Bool { lines[name]?.holder == ticket }

  /// Gives back a turn, which passes on to the first who waits, or a place in the line.
  mutating func leave(_ ticket: Ticket, _ name: EntryName) {
    guard var line = lines[name] else { return }
    if line.holder != ticket {
      line.waiting.removeAll { $0.ticket == ticket }
      lines[name] = line
      return
    }
    guard !line.waiting.isEmpty else {
      lines[name] = nil
      return
    }
    let next = line.waiting.removeFirst()
    line.holder = next.ticket
    lines[name] = line
    next.wake()
  }
}
