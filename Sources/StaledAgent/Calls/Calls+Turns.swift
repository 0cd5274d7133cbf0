internal import Freshness
internal import StaledAPI

extension Agent {
  /// `POST /v1/turns/{ns}/{key}`: of many callers who find an entry not fresh one makes it, and the others wait for that. If the one
  /// goes without having made it, the next takes its place. `needsValue`: an entry without a value is to be made again.
  ///
  /// The stream ends when its reader goes; that gives the turn back.
  func turn(_ name: EntryName, needsValue: Bool) async throws(Problem) -> ReplyStream<TurnReply> {
    if let fresh = try await isMade(name, needsValue: needsValue) {
      return ReplyStream(
        AsyncStream { stream in
          stream.yield(fresh)
          stream.finish()
        })
    }
    let (stream, replies) = AsyncStream.makeStream(of: TurnReply.self)
    // Of several reasons to look one look is enough.
    let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let (ticket, isOwn) = turns.ask(name) { wake.yield() }
    if isOwn { wake.yield() } else { replies.yield(TurnReply(turn: .waiting, state: engine.state(of: name).rawValue)) }
    // The agent's end lets everybody go.
    turnReplies[ticket] = replies
    replies.onTermination = { _ in wake.finish() }
    Task {
      var isGiven = false
      for await _ in wakes where !isGiven {
        // Whoever had the turn before may have made it.
        if let fresh = try? await isMade(name, needsValue: needsValue) {
          replies.yield(fresh)
          replies.finish()
          if turns.holds(ticket, name) { turns.tellAll(of: name) }
          break
        }
        guard turns.holds(ticket, name) else { continue }
        isGiven = true
        let lease = await takeLease()
        replies.yield(TurnReply(turn: .yours, state: engine.state(of: name).rawValue, lease: lease))
      }
      turns.leave(ticket, name)
      turnReplies[ticket] = nil
    }
    return ReplyStream(stream)
  }

  /// What to answer if it is fresh, proven.
  private func isMade(_ name: EntryName, needsValue: Bool) async throws(Problem) -> TurnReply? {
    let standing = try await prove([name])[0]
    guard standing.state == .fresh, !needsValue || standing.value != nil else { return nil }
    return TurnReply(turn: .fresh, state: standing.state.rawValue)
  }
}
