internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// `POST /v1/warm`: makes what is not fresh, in the order of dependencies. Progress, and at last what could not be made.
  func warm(_ request: WarmRequest) async throws(Problem) -> ReplyStream<WarmReply> {
    let asking = try request.within.map { text throws(Problem) in
      guard case .entry(let name) = try parse(text) else { throw .meaningless("\"within\" must be an entry's id") }
      return name
    }
    guard await syncAll() else { throw .stopping }
    // Its command waits, and does nothing meanwhile.
    let isLent = asking.map { refreshing.flights[$0] != nil } ?? false
    let meant = warmable(request).filter { !isLent || $0 != asking }
    let names = meant.filter { engine.state(of: $0) != .fresh || isWithoutValue($0) }
    let (able, unable) = (
      names.filter { options(of: $0).refresh != nil }, names.filter { options(of: $0).refresh == nil }
    )
    let (stream, replies) = AsyncStream.makeStream(of: WarmReply.self, bufferingPolicy: .bufferingNewest(1))
    var reply = WarmReply(done: 0, of: able.count)
    replies.yield(reply)
    let work = Task {
      var failed: [WarmReply.Failure] = []
      if isLent { await commands.lend() }
      await refresh(able, because: { _ in "call:warm" }) { name, end in
        reply.done += 1
        if end == .moved || end == .putOff {
          failed.append(
            WarmReply.Failure(entry: "\(name)", reason: "what it is made from changed each time it was made"))
        }
        if case .failed(let reason) = end { failed.append(WarmReply.Failure(entry: "\(name)", reason: reason)) }
        replies.yield(reply)
      }
      if isLent { await commands.takeBack() }
      // Refused because the agent ends, or because it is still not fresh all the same.
      reply.failed = failed.sorted { $0.entry < $1.entry }
      reply.matched = meant.count
      reply.unable = unable.isEmpty ? nil : unable.map(\.description).sorted()
      replies.yield(reply)
      replies.finish()
    }
    replies.onTermination = { _ in work.cancel() }
    return ReplyStream(stream)
  }

  /// Whether its command makes a value, and that was let go of for want of room, or never stored.
  func isWithoutValue(_ name: EntryName) -> Bool {
    guard let refresh = options(of: name).refresh, engine.standing(of: name).value == nil else { return false }
    return takesOutput(of: refresh, for: name)
  }

  /// The entries that a request means. If it narrows nothing these are all that can be made.
  private func warmable(_ request: WarmRequest) -> Set<EntryName> {
    var names: Set<EntryName>
    if let count = request.hot {
      // The hottest of those that can be made.
      let hot = statistics.hotKeys.top(.max).lazy.map(\.key).filter {
        self.options(of: $0).refresh != nil && self.engine.knows($0)
      }
      names = Set(hot.prefix(count))
    } else {
      names = Set(engine.entries().map(\.name))
    }
    if let namespaces = request.namespaces { names = names.filter { namespaces.contains($0.namespace) } }
    if let tags = request.tags {
      names.formIntersection(tags.flatMap { engine.entries(tag: $0).map(\.name) })
    }
    if request.namespaces != nil || request.tags != nil { return names }
    return names.filter { options(of: $0).refresh != nil }
  }

  /// Makes what the manifest wants to be there from the start.
  func warmDeclared() async {
    let names = warmNames.filter { engine.state(of: $0) != .fresh }
    if !names.isEmpty { await refresh(names, because: { _ in "call:warm" }) }
  }
}
