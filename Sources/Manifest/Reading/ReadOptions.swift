internal import Freshness

/// The options that `defaults`, namespaces, entries and rules share.
extension ManifestReader {
  static let optionMembers = [
    "strategy", "ttl", "jitter", "idle", "keepStale", "predictive", "refresh", "tagHierarchy",
  ]

  /// `inherited`: the options below which these stand. `captures`: what a rule's commands can use.
  func options(_ object: ObjectReader, inherited: EntryOptions, captures: [String] = []) -> EntryOptions {
    var options = EntryOptions()
    options.strategy = word(object["strategy"], "\"strategy\"", Strategy.self)
    options.ttl = timeToLive(object["ttl"])
    options.jitter = share(object["jitter"], "\"jitter\"")
    options.idle = duration(object["idle"], "\"idle\"")
    if options.idle?.nanoseconds == 0, let value = object["idle"] {
      error(value.offset, "\"idle\" must be longer than 0", "with \"ttl\": 0 nothing is stored")
    }
    options.keepStale = duration(object["keepStale"], "\"keepStale\"")
    options.predictive = object["predictive"].flatMap(predictive)
    options.refresh = object["refresh"].flatMap { refresh($0, captures: captures) }
    options.tagHierarchy = bool(object["tagHierarchy"], "\"tagHierarchy\"")

    let strategy = options.strategy ?? inherited.strategy ?? .hybrid
    if !strategy.hasTime {
      for name in ["ttl", "jitter", "idle"] {
        guard let value = object[name] else { continue }
        error(
          value.offset, "the strategy \"\(strategy.rawValue)\" has no \"\(name)\": time does not end its entries",
          "take it away, or use the strategy \"hybrid\"")
      }
    }
    if let value = object["strategy"], strategy == .ttl, case .none = options.over(inherited).ttl,
      options.over(inherited).idle == nil
    {
      add(
        ManifestProblem(
          file: file, position: map.position(value.offset), severity: .warning,
          message: "the strategy \"ttl\" has no \"ttl\": what a call stores without one holds for ever",
          remedy: "say how long it may live, or use the strategy \"hybrid\""))
    }
    if let value = object["strategy"], strategy == .predictive, options.over(inherited).refresh == nil {
      add(
        ManifestProblem(
          file: file, position: map.position(value.offset), severity: .warning,
          message: "the strategy \"predictive\" has no \"refresh\": nothing is made ahead of its expiry",
          remedy: "name the command that makes it, or use the strategy \"ttl\""))
    }
    return options
  }

  private func predictive(_ value: JSONValue) -> Predictive? {
    guard let object = object(value, "\"predictive\"", known: ["threshold", "window"]) else { return nil }
    var predictive = Predictive.standard
    if let threshold = integer(object["threshold"], "\"threshold\"") { predictive.threshold = threshold }
    if let window = duration(object["window"], "\"window\"") {
      predictive.window = window
      if window.nanoseconds == 0 { error(object["window"]?.offset ?? 0, "\"window\" must be longer than 0") }
    }
    return predictive
  }

  private func refresh(_ value: JSONValue, captures: [String]) -> Refresh? {
    switch value.kind {
    case .array: return command(value, "\"refresh\"", captures: captures).map { Refresh(run: $0) }
    case .object:
      guard let object = object(value, "\"refresh\"", known: ["run", "on", "value", "timeout"]) else { return nil }
      var on: Set<Refresh.Moment> = [.expiry]
      if let value = object["on"] { on = moments(value) }
      let result = word(object["value"], "\"value\"", Refresh.Value.self)
      let timeout = duration(object["timeout"], "\"timeout\"")
      guard let run = object["run"] else {
        missing(object, "\"refresh\"", "run")
        return nil
      }
      return command(run, "\"run\"", captures: captures).map {
        Refresh(run: $0, on: on, value: result, timeout: timeout)
      }
    default:
      wrongType(value, "\"refresh\"", "an argument array or an object", "write [\"make\", \"{key}\"]")
      return nil
    }
  }

  private func moments(_ value: JSONValue) -> Set<Refresh.Moment> {
    let values = array(value, "\"on\"", of: "strings")
    if case .array = value.kind, values.isEmpty { error(value.offset, "\"on\" is empty") }
    return Set(values.compactMap { word($0, "each of \"on\"", Refresh.Moment.self) })
  }

  func bounds(_ value: JSONValue?, _ what: String) -> CacheBounds {
    guard let value, let object = object(value, what, known: ["maxEntries", "maxBytes"]) else {
      return CacheBounds()
    }
    return CacheBounds(
      maxEntries: integer(object["maxEntries"], "\"maxEntries\"", atLeast: 0),
      maxBytes: integer(object["maxBytes"], "\"maxBytes\"", atLeast: 0))
  }
}
