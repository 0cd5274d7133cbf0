internal import Freshness
internal import StaledAPI

extension Agent {
  /// `PATCH /v1/entries/{ns}/{key}`: nil if nobody knows the entry.
  func amend(_ name: EntryName, _ request: AmendRequest) async throws(Problem) -> AmendReply? {
    try await writePending()
    var amendment = try await amendment(of: name, request)
    amendment.arrived = engine.stamp()
    var patience = Patience()
    var looked: [Leaf] = []
    while !patience.isOver {
      let begun = try await pass()
      switch engine.amend(amendment, begun: begun) {
      case .again(let leaves):
        track()
        looked = leaves
        patience.use(await look(at: leaves))
      case .answer(.amended(let unknown)):
        track()
        planRefresh(of: name)
        do throws(Problem) { try await record(flush: true) } catch { throw error.butInForce }
        guard let entry = try await entry(name, sync: false) else { return nil }
        return AmendReply(entry: entry, unknown: unknown.map(\.description))
      case .answer(.unknown): return nil
      case .answer(.declared(let parts)):
        throw Problem(
          "declared", title: "Declared in the manifest", status: 409,
          detail: "\(name): staled.json declares \(parts.joined(separator: ", ")); take it out there", ids: parts)
      case .answer(.refused(let refusal)):
        throw Problem(
          "refused", title: "Refused: a dependency cannot be taken in", status: 409, detail: refusal.description,
          ids: refusal.id.map { [$0.description] })
      case .answer(.cycle(let path)): throw .cycle(path)
      }
    }
    throw Self.busy(name, blind: looked.first { problems.hasFailed($0) }?.id)
  }

  private func amendment(of name: EntryName, _ request: AmendRequest) async throws(Problem) -> Amendment {
    var amendment = Amendment(name: name, arrived: .zero, arrivedAt: tick())
    amendment.ttl = try request.ttl.map { text throws(Problem) in try lifetime(text.text, of: name) }
    amendment.draw = .random(in: 0...(.max))
    try check(tags: request.addTags ?? [])
    amendment.addTags = request.addTags ?? []
    amendment.removeTags = request.removeTags ?? []
    var naming = context
    naming.namespace = name.namespace
    do throws(IDError) {
      amendment.addDependencies = try await parse(request.addDependencies ?? [], in: naming)
      for text in request.removeDependencies ?? [] {
        amendment.removeDependencies.append(try ResourceID(parsing: text, in: naming))
      }
    } catch { throw Problem(error) }
    let both =
      Set(amendment.addTags).intersection(amendment.removeTags).map { "tag:\($0)" }
      + Set(amendment.addDependencies.map(\.id)).intersection(amendment.removeDependencies).map(\.description)
    guard both.isEmpty else {
      throw Problem(
        "contradiction", title: "Added and removed at once", status: 422,
        detail: "\(both.sorted().joined(separator: ", ")): leave it out of one of the lists", ids: both.sorted())
    }
    return amendment
  }
}
