internal import Freshness
internal import Manifest
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

extension Agent {
  /// `POST /v1/leases`
  func lease() async throws(Problem) -> LeaseReply { LeaseReply(lease: await takeLease(), clock: clock) }

  /// A lease whose time is later, by the granularity of ctimes, than whatever happened before the call; and everything the
  /// kernel has to say of that time is taken in. So a file edited just before is no reason to refuse.
  func takeLease() async -> String {
    let asked = SystemTime.steady()
    _ = await barrier()
    let left = SystemTime.granularity() - (SystemTime.steady() - asked)
    if left > 0 { try? await Task.sleep(for: .nanoseconds(left)) }
    _ = tick()
    return LeaseText.encode(engine.lease())
  }

  /// `PUT /v1/cache/{ns}/{key}`
  func write(_ name: EntryName, value: ValueStream, _ write: CacheWrite) async throws(Problem) -> MadeReply {
    let ttl = try write.ttl.map { text throws(Problem) in try lifetime(text, of: name) }
    // Stored before it is made known: if there is no room, what was there before stays.
    let (staged, held) = try await stage(value)
    defer {
      store.release(staged)
      sweepValues()
    }
    try checkRoom(for: name, size: staged.size)
    let reply = try await make(
      name, dependencies: write.dependencies, outputs: write.outputs, tags: write.tags, ttl: ttl, keep: write.keep,
      lease: write.lease, result: .value(staged.digest, size: staged.size))
    if let held { hold(held, of: name, staged.digest) }
    return reply
  }

  /// `POST /v1/entries/{ns}/{key}/mark`
  func mark(_ name: EntryName, _ request: MarkRequest) async throws(Problem) -> MadeReply {
    let ttl = try request.ttl.map { text throws(Problem) in try lifetime(text.text, of: name) }
    var result = SetRequest.Result.derived
    if let text = request.digest {
      guard let digest = Digest(text), text.hasPrefix("sha256:") else {
        throw Problem(
          "bad-digest", title: "Not a digest", status: 422,
          detail: "\"digest\" must be sha256: and 64 hexadecimal digits, not \"\(text)\"")
      }
      result = .stated(digest)
    }
    return try await make(
      name, dependencies: request.dependencies ?? [], outputs: request.outputs ?? [], tags: request.tags ?? [],
      ttl: ttl, keep: request.keep ?? false, lease: request.lease, result: result)
  }

  private func make(
    _ name: EntryName, dependencies: [String], outputs: [String], tags: [String], ttl: Lifetime?, keep: Bool,
    lease: String?, result: SetRequest.Result
  ) async throws(Problem) -> MadeReply {
    try check(tags: tags)
    var naming = context
    naming.namespace = name.namespace
    var request: SetRequest
    do throws(IDError) {
      let named = try await parse(dependencies, in: naming)
      request = SetRequest(
        name: name, dependencies: named, outputs: [], tags: keep && tags.isEmpty ? nil : tags, lease: nil,
        arrived: .zero, arrivedAt: 0,
        result: result)
      request.ttl = ttl
      for text in outputs { request.outputs.append(try Self.output(text, in: naming)) }
    } catch { throw Problem(error) }
    return try await set(request, lease: lease, keepsLife: keep && ttl == nil)
  }

  /// Makes an entry again in its maker's place: with what calls gave before, and its tags.
  func remake(
    _ name: EntryName, lease: String, result: SetRequest.Result, because cause: String
  ) async throws(Problem) {
    let request = SetRequest(
      name: name, dependencies: [], outputs: [], tags: nil, lease: nil, arrived: .zero, arrivedAt: 0, result: result)
    _ = try await set(request, lease: lease, refreshedBecause: cause)
  }

  /// Passes of a `set` until it is accepted or refused. `keepsLife`: with the time to live that calls gave before.
  /// `refreshedBecause`: the agent makes it, in its maker's place.
  private func set(
    _ request: SetRequest, lease: String?, keepsLife: Bool = false, refreshedBecause cause: String? = nil
  ) async throws(Problem) -> MadeReply {
    // While there is no room nothing is changed that would have to be written.
    try await writePending()
    var request = request
    let name = request.name
    request.arrivedAt = tick()
    request.arrived = engine.stamp()
    request.draw = .random(in: 0...(.max))
    if let lease { request.lease = try taken(lease) }
    var patience = Patience()
    var looked: [Leaf] = []
    while !patience.isOver {
      let begun = try await pass()
      let was = engine.state(of: name)
      if cause != nil {
        // As it is now: it may have been amended since the command began.
        let known = engine.remaking(of: name)
        (request.dependencies, request.outputs) = (known.dependencies.map { ($0, nil) }, known.outputs)
        request.ttl = known.ttl
      } else if keepsLife {
        request.ttl = engine.remaking(of: name).ttl
      }
      switch engine.set(request, begun: begun) {
      case .again(let leaves):
        track()
        looked = leaves
        patience.use(await look(at: leaves))
      case .answer(.accepted(let created, let unknown)):
        track()
        if let cause { noteRefreshed(name, because: cause) }
        do throws(Problem) { try await record(mustWrite: true) } catch {
          // It is refused, so it must not count: what was made is stale until it is made again.
          var end = Invalidation()
          end.keys = [name]
          _ = engine.invalidate(end)
          throw error
        }
        let standing = engine.standing(of: name)
        if standing.state != was {
          callHooks([HookCall(name: name, state: standing.state, cause: cause ?? "call:set")])
        }
        planRefresh(of: name)
        return MadeReply(
          namespace: name.namespace, key: name.key, state: standing.state.rawValue,
          digest: standing.digest?.description ?? "", created: created, unknown: unknown.map(\.description))
      case .answer(.refused(let refusal)):
        if lease != nil, cause == nil { statistics.refused += 1 }
        recorder.record(.refused, at: tick()) {
          $0.namespace = name.namespace
          $0.key = name.key
          $0.cause = refusal.id?.description
          $0.message = refusal.description
        }
        try await record()
        throw Problem(
          "refused", title: "Refused: what it was made from does not hold", status: 409, detail: refusal.description,
          ids: refusal.id.map { [$0.description] })
      case .answer(.cycle(let path)):
        try await record()
        throw .cycle(path)
      }
    }
    try await record()
    throw Self.busy(name, blind: looked.first { problems.hasFailed($0) }?.id)
  }

  private func noteRefreshed(_ name: EntryName, because cause: String) {
    statistics.noteRefresh(of: name, at: clockNow)
    recorder.record(.refreshed, at: tick()) {
      $0.namespace = name.namespace
      $0.key = name.key
      $0.state = engine.state(of: name).rawValue
      $0.cause = cause
    }
  }

  /// Tags that a call gives are as the manifest may have them.
  func check(tags: [String]) throws(Problem) {
    let most = manifest.manifest.limits.maxTags
    guard
      let problem = tags.count > most
        ? "there are \(tags.count) tags, at most \(most) are allowed" : tags.lazy.compactMap(TagRule.problem).first
    else { return }
    throw .badTag(problem)
  }

  /// A time to live as calls write it.
  func lifetime(_ text: String, of name: EntryName) throws(Problem) -> Lifetime {
    func bad(_ detail: String) -> Problem {
      Problem("bad-ttl", title: "Not a time to live", status: 422, detail: detail)
    }
    let strategy = engine.strategy(of: name)
    guard strategy.hasTime else {
      throw bad("\(name) is of the strategy \"\(strategy.rawValue)\", which time does not end: leave `ttl` out")
    }
    if text == "never" { return .forever }
    do {
      if let seconds = Double(text) { return .limited(try ManifestDuration(seconds: seconds).nanoseconds) }
      return .limited(try ManifestDuration(text).nanoseconds)
    } catch {
      throw bad("`ttl` \"\(text.prefix(80))\": \(error.problem); write 90s, 10m, 1d, a number of seconds, or never")
    }
  }

  /// A dependency was written, or could not be looked at, in each pass.
  static func busy(_ name: EntryName, blind: ResourceID?) -> Problem {
    if let blind {
      return Problem(
        "blind", title: "Refused: what it was made from cannot be looked at", status: 409,
        detail: "\(name): \(blind) could not be looked at just now (`stale status` tells why); try again when it can",
        ids: [blind.description], retryAfter: 1)
    }
    return Problem(
      "busy", title: "Refused: what it was made from is being written", status: 409,
      detail:
        "\(name): a dependency was written, or cannot be watched (`stale status` tells), each time it was looked at; "
        + "try again when that has ended", retryAfter: 1)
  }

  /// Dependencies as calls name them: ids, each perhaps followed by the digest of what was read.
  func parse(
    _ dependencies: [String], in naming: NamingContext
  ) async throws(IDError) -> [(id: ResourceID, stated: Fingerprint?)] {
    var named: [(id: ResourceID, stated: Fingerprint?)] = []
    for text in dependencies {
      let (id, stated) = try ResourceID.parseStated(text, in: naming)
      switch id {
      case .glob(let pattern): try Self.check(pattern, in: text)
      case .file(let path), .dir(let path):
        if await leadsToState(path) {
          throw IDError("the agent's own state is nothing that can be depended on", in: text)
        }
      case .entry, .opaque: break
      }
      named.append((id, stated))
    }
    return named
  }

  /// Whether a path leads into the agent's own state directory. One that gives no answer is not looked at either.
  private func leadsToState(_ path: Path) async -> Bool {
    if isState(path) { return true }
    let whole = settings.workspace.resolving(path)
    let remote = settings.remote
    let real = await looker.run { remote.reach(whole) { FileLook.realPath(whole) } ?? nil }
    return real.map { isState($0) } ?? false
  }

  /// The lease that `text` stands for. From before the wall clock was set it vouches for nothing that nobody watched.
  private func taken(_ text: String) throws(Problem) -> Lease {
    guard var lease = LeaseText.decode(text) else {
      throw Problem(
        "bad-lease", title: "Not a lease", status: 422,
        detail: "\"\(text.prefix(80))\" was not given by an agent; ask for one with POST /v1/leases")
    }
    if lease.lsn < clockSetAt { lease = Lease(boot: lease.boot, lsn: lease.lsn, time: 0) }
    return lease
  }

  private static func check(_ pattern: String, in text: String) throws(IDError) {
    do throws(PatternError) { _ = try Glob(pattern) } catch {
      throw IDError("not a pattern: \(error.problem)", in: text)
    }
  }

  private static func output(_ text: String, in naming: NamingContext) throws(IDError) -> Path {
    guard case .file(let path) = try ResourceID(parsing: text, in: naming) else {
      throw IDError("an output is a file: write file:PATH", in: text)
    }
    return path
  }

  /// `DELETE /v1/cache/{ns}/{key}`
  func delete(_ name: EntryName) async throws(Problem) -> Bool {
    try await writePending()
    _ = tick()
    let deleted = engine.delete(name)
    statistics.forget(name)
    forgetRefreshing(name)
    track()
    do throws(Problem) { try await record(flush: true) } catch { throw error.butInForce }
    return deleted
  }
}

/// Leases as clients see them: opaque.
enum LeaseText {
  static func encode(_ lease: Lease) -> String {
    [lease.boot, lease.lsn.rawValue, UInt64(bitPattern: lease.time)].map { String($0, radix: 36) }.joined(
      separator: ".")
  }

  static func decode(_ text: String) -> Lease? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let boot = UInt64(parts[0], radix: 36), let lsn = UInt64(parts[1], radix: 36),
      let time = UInt64(parts[2], radix: 36)
    else { return nil }
    let lease = Lease(boot: boot, lsn: LSN(rawValue: lsn), time: Int64(bitPattern: time))
    // Numbers can be written in many ways, and a lease was given in one.
    return encode(lease) == text ? lease : nil
  }
}
