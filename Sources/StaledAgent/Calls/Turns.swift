internal import DequeModule
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
    /// In the order they came, which is that of their tickets.
    var waiting: Deque<(ticket: Ticket, wake: Wake)> = []

    mutating func giveUp(_ ticket: Ticket) {
      var (low, high) = (0, waiting.count)
      while low < high {
        let middle = (low + high) / 2
        if waiting[middle].ticket < ticket { low = middle + 1 } else { high = middle }
      }
      if low < waiting.count, waiting[low].ticket == ticket { waiting.remove(at: low) }
    }

    /// Gives the turn to the first who waits; nil if nobody does.
    mutating func passOn() -> Wake? {
      guard let next = waiting.popFirst() else { return nil }
      holder = next.ticket
      return next.wake
    }
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
    guard let holder = lines[name]?.holder else { return }
    if holder != ticket {
      lines[name]?.giveUp(ticket)
      return
    }
    if let next = lines[name]?.passOn() { next() } else { lines[name] = nil }
  }

  /// It is made: whoever waits for it is to look now, not only when it is his turn.
  func tellAll(of name: EntryName) { for (_, wake) in lines[name]?.waiting ?? [] { wake() } }
}
