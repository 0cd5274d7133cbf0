public import Freshness
public import Paths

/// What an event or schedule invalidates: the members of `POST /v1/invalidate`. Placeholders are the event's parameters.
public struct Selector: Hashable, Sendable {
  public var keys: [Template] = []
  public var tags: [Template] = []
  /// Only entries of these namespaces are meant by `tags`; none: of all.
  public var within: [Template] = []
  public var namespaces: [Template] = []
  public var resources: [Template] = []
  public var all = false
  public var soft = false
  public var cascade: Bool?

  /// The parameters that an event must bring, sorted.
  public var parameters: [String] {
    Set((keys + tags + within + namespaces + resources).flatMap(\.placeholders)).sorted()
  }
}

/// Events that come by themselves: a manifest may declare handlers for them as for its own.
public enum FileEvent: String, Hashable, Sendable, CaseIterable {
  case created = "file_created"
  case modified = "file_modified"
  case deleted = "file_deleted"

  /// Of a change's kind, as the log has it.
  public init?(kind: String) { self.init(rawValue: "file_\(kind)") }

  /// What its handlers can name: the file's path and its id.
  public static let parameters = ["id", "path"]
}

/// One of `schedules`.
public struct Schedule: Hashable, Sendable {
  public enum Time: Hashable, Sendable {
    case every(ManifestDuration)
    /// `timeZone` is a name of the time zone database; nil is the machine's own.
    case cron(CronExpression, timeZone: String?)
  }

  /// For people and the log: `every 1h`, `0 3 * * *`, `0 3 * * * Europe/Berlin`.
  public var name: String {
    switch time {
    case .every(let interval): "every \(interval)"
    case .cron(let expression, nil): expression.text
    case .cron(let expression, let zone?): "\(expression.text) \(zone)"
    }
  }

  public var time: Time
  public var invalidate: Selector
  public var position: SourcePosition
}

/// One of `hooks`: a command run when entries come into a state.
public struct Hook: Sendable {
  /// All that is given must match.
  public struct Condition: Hashable, Sendable {
    public var tags: [String] = []
    public var namespaces: [String] = []
    public var keys: [Glob] = []
    public var states: [State] = []
  }

  public var when = Condition()
  public var run: Command
  public var timeout: ManifestDuration?
  public var position: SourcePosition

  /// Whether it does the same, wherever it stands.
  public func isSame(as other: Hook) -> Bool {
    when == other.when && run == other.run && timeout == other.timeout
  }
}
