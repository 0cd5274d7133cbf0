internal import StaledAPI

/// What ends many entries, and tags that end too many.
extension Advisor {
  /// Tags that tell nothing apart.
  enum BroadTag {
    /// In a small workspace a tag on everything is natural.
    static let leastEntries = 20
    /// Of all entries: a call for the tag is as good as one for everything.
    static let leastShare = 0.9
    /// With one tag alone it is a second name for everything, and meant so.
    static let leastTags = 2
  }

  static func broadTags(_ figures: Figures) -> [Advice] {
    figures.tags.filter { isBroad($0, figures) }.map { tag in
      let cause = figures.causes.first { $0.cause == "tag:\(tag.name)" }
      let list = "stale list --tag \(AdviceText.shell(tag.name))"
      return Advice(
        // Without calls for it, it does no harm.
        concern: .cost, cost: cause?.guaranteed ?? 0,
        item: AdviceReply.Item(
          kind: .broadTag, subject: tag.name, figure: "\(tag.entries) of \(figures.entries) entries",
          message: "a call for this tag hits almost everything"
            + (cause.map { "; it made \(bound($0)) entries worse" } ?? ""),
          remedy: tag.entries >= figures.taggedEntries
            ? "it tells no entry from another: leave it out of \"tags\" in staled.json, and invalidate by the other "
              + "tags (\(list) shows them)"
            : "give parts of it tags of their own in staled.json, as \(AdviceText.json("\(tag.name)/part")) (with "
              + "\"tagHierarchy\": true the tag itself still reaches all of them), and invalidate by those (\(list))"))
    }
  }

  private static func isBroad(_ tag: Figures.Tag, _ figures: Figures) -> Bool {
    figures.tags.count >= BroadTag.leastTags && figures.entries >= BroadTag.leastEntries
      && AdviceText.isShare(tag.entries, of: figures.entries, atLeast: BroadTag.leastShare)
  }

  /// Causes that end more than their part.
  enum NoisyCause {
    /// Below that it is the work of an afternoon, not a habit.
    static let leastInvalidations = 50
    /// Three causes at most can have so large a share.
    static let leastShare = 0.3
    /// An edit of the manifest changes what entries are made from; that is done when it is written.
    static let manifest = "file:staled.json"
  }

  static func noisyCauses(_ figures: Figures) -> [Advice] {
    guard figures.invalidations >= NoisyCause.leastInvalidations else { return [] }
    let told = Set(figures.tags.filter { isBroad($0, figures) }.map { "tag:\($0.name)" })
    return figures.causes.compactMap { cause in
      guard AdviceText.isShare(cause.guaranteed, of: figures.invalidations, atLeast: NoisyCause.leastShare),
        cause.cause != NoisyCause.manifest, !told.contains(cause.cause),
        let (message, remedy) = sayings(on: cause.cause)
      else { return nil }
      return Advice(
        concern: .cost, cost: cause.guaranteed,
        item: AdviceReply.Item(
          kind: .noisyCause, subject: cause.cause, figure: "\(bound(cause)) of \(figures.invalidations) invalidations",
          message: message, remedy: remedy))
    }
  }

  private static func bound(_ cause: Figures.Cause) -> String {
    cause.guaranteed < cause.invalidations ? "at least \(cause.guaranteed)" : "\(cause.guaranteed)"
  }

  /// Message and remedy by the kind of cause; nil for what other advice is about.
  private static func sayings(on cause: String) -> (message: String, remedy: String)? {
    guard let colon = cause.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let rest = String(cause[cause.utf8.index(after: colon)...])
    let affected = "stale affected \(AdviceText.shell(cause))"
    switch cause[..<colon] {
    case "file": return sayings(onFile: rest, affected: affected)
    case "dir":
      return (
        "files come and go in this directory, and each time all that rests on its listing is not fresh",
        "add what comes and goes to watch.ignore in staled.json, or depend on a glob of the files that are meant "
          + "(\(affected) shows which entries do)"
      )
    case "glob":
      return (
        "so many files match this pattern that something in it changes all the time",
        "write narrower patterns into \"files\" in staled.json, or add what need not be in it to watch.ignore "
          + "(\(affected) shows which entries use it)"
      )
    case "entry":
      return (
        "this entry is made again to something else each time, and all that rests on it with it",
        "make its command give equal output for equal input (no times, no random names, sorted lists): dependents of "
          + "what is made again to the same digest stay as they are (\(affected))"
      )
    case "tag":
      return (
        "calls for this tag cause a large part of the invalidations",
        "give the tag to fewer entries (stale list --tag \(AdviceText.shell(rest))), or name what they are made "
          + "from, so that changes end those that are concerned"
      )
    case "namespace":
      return (
        "calls that clear this namespace cause a large part of the invalidations",
        "invalidate by a tag or a resource instead (stale invalidate --tag TAG, --resource ID), which ends only what "
          + "is concerned"
      )
    case "event":
      return (
        "this event causes a large part of the invalidations",
        "let \(AdviceText.member("events", rest)) in staled.json name fewer tags, namespaces or resources, or use its "
          + "parameters in them"
      )
    case "schedule":
      return (
        "this schedule causes a large part of the invalidations, whether or not anything has changed",
        "let it run less often, or name less in its \"invalidate\" under \"schedules\" in staled.json (stale "
          + "schedules shows when it runs)"
      )
    case "call": return sayings(onCall: rest)
    case "clock": return nil
    default:
      return (
        "each time a client says that this changed, all that rests on it is not fresh",
        "say so only when it is another value than before, or split it into several ids (\(affected) shows what "
          + "rests on it)"
      )
    }
  }

  private static func sayings(onFile path: String, affected: String) -> (message: String, remedy: String) {
    guard let disposable = Disposable(path: path) else {
      return (
        "changes of this file reach very many entries",
        "let fewer entries depend on it, with narrower patterns in \"files\" or the --depfile that the compiler "
          + "writes, or split it by what they need (\(affected) shows them)"
      )
    }
    let instead =
      switch disposable {
      case .generated: "let them depend on what it is made from, or on the entry that makes it"
      case .temporary: "let them name what they need"
      }
    return (
      "this looks like \(disposable.kind), and each time it is written entries are not fresh",
      "add \(AdviceText.json(disposable.pattern)) to watch.ignore in staled.json; entries that name it outright "
        + "follow it all the same (\(affected) shows them): \(instead)"
    )
  }

  private static func sayings(onCall name: String) -> (message: String, remedy: String)? {
    switch name {
    case "all":
      return (
        "calls that end everything (stale invalidate --all) cause a large part of the invalidations",
        "invalidate by a tag or a resource instead (stale invalidate --tag TAG, --resource ID), which ends only what "
          + "is concerned"
      )
    // The disk lost calls, once: the log says so, with an error.
    case "recovery": return nil
    case "verify":
      return (
        "files changed without the kernel saying so, and it was found by looking again",
        "stale status tells what is not watched well; on network and other shared file systems, write through this "
          + "machine or run stale verify when others have written"
      )
    default:
      return (
        "calls that name entries cause a large part of the invalidations",
        "name what the entries are made from (\"files\", \"entries\", \"resources\" in staled.json, or --dep), so "
          + "that changes end them without a call"
      )
    }
  }
}
