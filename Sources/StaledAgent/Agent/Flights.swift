/// Work that many wait for: whoever comes while one flight is under way shares the next, which begins when it ends.
///
/// So a caller never gets the result of a flight that began before its call, and a thousand callers cost two flights. It is
/// kept by an actor and used only there.
struct Flights<Success: Sendable> {
  private var flying: Task<Success, Never>?
  private var next: Task<Success, Never>?

  /// The flight to wait for. `make` is called if it has to be scheduled: it gets the flight to wait for first, and must call
  /// `depart` before it does its work.
  mutating func join(_ make: (Task<Success, Never>?) -> Task<Success, Never>) -> Task<Success, Never> {
    if let next { return next }
    let task = make(flying)
    next = task
    return task
  }

  /// The scheduled flight begins: whoever comes from now on needs another.
  mutating func depart() {
    flying = next
    next = nil
  }
}
