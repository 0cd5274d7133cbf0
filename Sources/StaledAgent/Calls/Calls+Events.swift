internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// The largest value of an event's parameter, in bytes: that of a key, the longest name there is.
  private static let longestParameter = 4096

  /// `POST /v1/events/{name}`: what its handlers name is invalidated, on the disk when it returns, and subscribers hear of it.
  func trigger(_ name: String, _ parameters: EventParameters) async throws(Problem) -> EventReply {
    let handlers = try handlers(of: name)
    try Self.check(parameters.values, for: name, against: handlers)
    let naming = manifestNaming
    var calls: [Invalidation] = []
    do throws(UnfitParameters) {
      for handler in handlers {
        calls.append(try handler.invalidation(filling: parameters.values, cause: "event:\(name)", in: naming))
      }
    } catch { throw .unfit("event \(name): \(error.problem)") }
    let event = EventNote(name: name, parameters: parameters.values, handlers: handlers.count)
    let reply = try await carryOut(calls, event: event)
    return EventReply(reply, handlers: handlers.count, subscribers: bus.subscribers(of: name))
  }

  /// Where the manifest's own names belong.
  var manifestNaming: NamingContext {
    var naming = context
    naming.namespace = manifest.manifest.defaultNamespace
    return naming
  }

  private func handlers(of name: String) throws(Problem) -> [Selector] {
    let events = manifest.manifest.events
    if let handlers = events[name] { return handlers }
    throw Problem(
      "unknown-event", title: "Unknown event", status: 404,
      detail: "staled.json declares no event \"\(RequestTarget.clip(name))\""
        + Suggestion.text(for: name, among: events.keys.sorted()))
  }

  private static func check(
    _ values: [String: String], for name: String, against handlers: [Selector]
  ) throws(Problem) {
    let known = Set(handlers.flatMap(\.parameters)).sorted()
    let missing = known.filter { values[$0] == nil }
    if !missing.isEmpty {
      throw .unfit("the event \(name) needs \(missing.map { "\"\($0)\"" }.joined(separator: ", "))", ids: missing)
    }
    if let unknown = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw .unfit(
        "the event \(name) has no parameter \"\(RequestTarget.clip(unknown))\""
          + Suggestion.text(for: unknown, among: known), ids: [unknown])
    }
    for (parameter, value) in values.sorted(by: { $0.key < $1.key }) where value.utf8.count > longestParameter {
      throw .unfit(
        "the parameter \"\(parameter)\" has \(value.utf8.count) bytes, at most \(longestParameter) are allowed",
        ids: [parameter])
    }
  }
}

extension Problem {
  /// An event's parameters do not fit.
  fileprivate static func unfit(_ detail: String, ids: [String]? = nil) -> Problem {
    Problem("bad-parameter", title: "Parameters that do not fit", status: 422, detail: detail, ids: ids)
  }
}
