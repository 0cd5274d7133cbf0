public import StaledAPI

/// Records of the log as text for people: a cause at a time, as a tree of what it reached.
public struct LogRenderer: Sendable {
  private let paint: Paint
  private let offset: @Sendable (Int) -> Int

  /// For the reader's own time zone.
  public init(paint: Paint) { self.init(paint: paint, offset: Timestamp.localOffset) }

  /// - Parameter offset: how many seconds local time is ahead of UTC, at a time in seconds since 1970.
  public init(paint: Paint, offset: @escaping @Sendable (Int) -> Int) {
    self.paint = paint
    self.offset = offset
  }

  /// The records, in the log's order, as lines. A batch whose beginning is missing is drawn as far as it is known.
  public func text(of records: [LogRecord]) -> String {
    var lines: [String] = []
    var group: [LogRecord] = []
    for record in records {
      if let last = group.last, !Self.belong(last, record) {
        lines += self.lines(of: group)
        group = []
      }
      group.append(record)
    }
    if !group.isEmpty { lines += self.lines(of: group) }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Whether two neighbours in the log are drawn together.
  static func belong(_ first: LogRecord, _ second: LogRecord) -> Bool {
    if first.type == .batch { return false }
    return first.batch == second.batch && (first.batch != nil || (first.isReached && second.isReached))
  }

  private func lines(of group: [LogRecord]) -> [String] {
    var roots: [Root] = []
    var index: [String: Int] = [:]
    var lines: [String] = []
    var summary: LogRecord?
    func root(_ name: String, _ record: LogRecord) -> Int {
      if let found = index[name] { return found }
      roots.append(Root(name: name, time: record.time))
      index[name] = roots.count - 1
      return roots.count - 1
    }
    for record in group {
      switch record.type {
      case .batch: summary = record
      case .change: roots[root(record.resource ?? "", record)].change = record
      case .event: roots[root("event:\(record.eventName)", record)].event = record
      case _ where record.isReached && record.cause != nil:
        roots[root(record.cause ?? "", record)].entries.append(record)
      default: lines += single(record)
      }
    }
    let batch = summary.flatMap(batchNote)
    if roots.isEmpty, let summary {
      lines.append("\(time(summary.time))  nothing changed\(batch ?? "")")
    }
    for root in roots {
      lines.append(title(of: root) + (batch ?? ""))
      lines += tree(of: root)
    }
    if let summary, let counts = counts(of: summary) { lines.append("  " + paint.dim(counts)) }
    return lines
  }

  /// What entries were reached from.
  private struct Root {
    var name: String
    var time: String
    var change: LogRecord?
    var event: LogRecord?
    var entries: [LogRecord] = []
  }

  private func title(of root: Root) -> String {
    let start = "\(time(root.change?.time ?? root.event?.time ?? root.time))  "
    if let change = root.change {
      let digests = Display.change(from: change.from, to: change.to).map { "  " + $0 } ?? ""
      return start + paint.bold(Display.id(root.name)) + " \(change.kind ?? "changed")" + digests
    }
    if let event = root.event {
      let parameters = (event.parameters ?? [:]).sorted { $0.key < $1.key }.map { "  \($0.key)=\($0.value)" }.joined()
      return start + "event " + paint.bold(Display.safe(event.eventName)) + paint.dim(Display.safe(parameters))
    }
    return start + paint.bold(Display.cause(root.name))
  }

  private func tree(of root: Root) -> [String] {
    let ids = root.entries.map(\.entryID)
    var first: [String: Int] = [:]
    for (position, id) in ids.enumerated() where first[id] == nil { first[id] = position }
    let rows = Tree.rows(count: root.entries.count) { position in
      let record = root.entries[position]
      guard let via = record.via, let parent = first[via] else { return nil }
      // Depths rise on every way, so that a damaged log cannot send the walk round in circles.
      return (root.entries[parent].depth ?? 0) < (record.depth ?? 0) ? parent : nil
    } text: { position in
      let record = root.entries[position]
      var text = label(record)
      if let via = record.via, via != root.name, first[via] == nil, via != record.entryID {
        text += paint.dim("  via \(Display.id(via))")
      }
      return text
    }
    return Tree.lines(rows, indent: "  ")
  }

  /// An entry and what became of it.
  private func label(_ record: LogRecord) -> String {
    let name = Display.id(record.entryID)
    switch record.type {
    case .revalidated: return "✓ \(name)  \(paint.state("fresh"))"
    case .reached: return "\(name)  \(paint.dim("not yet made"))"
    case .invalidated:
      let was = record.was.map { $0 == "fresh" ? "" : paint.dim(" (was \(Display.safe($0)))") } ?? ""
      return "\(name)  \(paint.state(Display.safe(record.state ?? "stale")))\(was)"
    default: return "\(name)  \(record.type.rawValue)"
    }
  }

  /// A record that stands for itself.
  private func single(_ record: LogRecord) -> [String] {
    let start = "\(time(record.time))  "
    let message = record.message.map(Display.safe)
    switch record.type {
    case .started, .stopped:
      let who = [record.version.map { "version \($0)" }, record.pid.map { "pid \($0)" }].compactMap { $0 }
      let note = who.isEmpty ? "" : paint.dim("  (\(who.joined(separator: ", ")))")
      return [start + "agent \(record.type.rawValue)" + note + (message.map { "  \($0)" } ?? "")]
    case .warning, .error:
      let word = record.type == .error ? paint.error("error") : paint.warning("warning")
      var text = start + word + (message.map { "  \($0)" } ?? "")
      if let resource = record.resource { text += "  \(Display.id(resource))" }
      if let undone = record.undone { text += "  (records \(undone.map(String.init).joined(separator: "–")))" }
      return [text] + (record.remedy.map { ["  → \(Display.safe($0))"] } ?? [])
    case .refused:
      let name = record.key == nil ? "" : "  \(Display.id(record.entryID))"
      return [start + "lease refused\(name)" + (message.map { "  \($0)" } ?? "")]
    default:
      let cause = record.cause.map { paint.dim("  \(Display.cause($0))") } ?? ""
      return [start + label(record) + cause + (message.map { "  \($0)" } ?? "")]
    }
  }

  private func batchNote(_ record: LogRecord) -> String? {
    let parts = [
      record.batch.map { "batch \($0)" }, record.micros.map { Display.duration(micros: $0) },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : paint.dim("   (\(parts.joined(separator: ", ")))")
  }

  private func counts(of batch: LogRecord) -> String? {
    let parts = [
      batch.changes.flatMap { $0 > 0 ? Display.count($0, "change") : nil },
      batch.unchanged.flatMap { $0 > 0 ? "\($0) unchanged" : nil },
      batch.matched.map { "\($0) matched" }, batch.invalidated.map { "\($0) invalidated" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private func time(_ text: String) -> String {
    guard let time = Timestamp(text) else { return paint.dim(Display.safe(text)) }
    return paint.dim(time.timeOfDay(offset: offset(time.seconds)))
  }
}

extension LogRecord {
  /// Whether it says what became of one entry.
  var isReached: Bool {
    switch type {
    case .invalidated, .reached, .revalidated, .expired, .evicted, .refreshed: true
    default: false
    }
  }

  var entryID: String { "entry:\(namespace ?? "")/\(key ?? "")" }

  var eventName: String { name ?? "" }
}
