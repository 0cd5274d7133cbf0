internal import Freshness
internal import Paths

/// Events, schedules and hooks.
extension ManifestReader {
  func events(_ value: JSONValue?) -> [String: [Selector]] {
    guard let value, let members = members(value, "\"events\"") else { return [:] }
    var events: [String: [Selector]] = [:]
    for member in members.list {
      if member.name.isEmpty || member.name.utf8.count > 255 || TagRule.problem(member.name) != nil {
        error(member.nameOffset, "an event's name is 1–255 bytes without control characters")
      }
      let values = array(member.value, "the event \"\(member.name)\"", of: "objects")
      if case .array = member.value.kind, values.isEmpty {
        error(member.value.offset, "the event \"\(member.name)\" invalidates nothing", "write [{\"tags\": [\"…\"]}]")
      }
      let parameters = FileEvent(rawValue: member.name) == nil ? nil : FileEvent.parameters
      events[member.name] = values.compactMap { selector($0, "an event's handler", parameters: parameters) }
    }
    return events
  }

  /// `parameters`: the placeholders that are known; nil is any.
  private func selector(_ value: JSONValue, _ what: String, parameters: [String]?) -> Selector? {
    let known = ["keys", "tags", "within", "namespaces", "resources", "all", "soft", "cascade"]
    guard let object = object(value, what, known: known) else { return nil }
    func templates(_ name: String) -> [Template] {
      strings(object[name], "\"\(name)\"").compactMap { text in
        guard let template = template(text, known: parameters, kind: "parameter") else { return nil }
        if template.places.isEmpty { judge(text, name, String(decoding: template.bytes([:]), as: UTF8.self)) }
        return template
      }
    }
    var selector = Selector()
    selector.keys = templates("keys")
    selector.tags = templates("tags")
    selector.within = templates("within")
    selector.namespaces = templates("namespaces")
    selector.resources = templates("resources")
    selector.all = bool(object["all"], "\"all\"") ?? false
    selector.soft = bool(object["soft"], "\"soft\"") ?? false
    selector.cascade = bool(object["cascade"], "\"cascade\"")
    if object["within"] != nil, object["tags"] == nil {
      error(value.offset, "\"within\" narrows \"tags\", and there are none", "write \"namespaces\", or add \"tags\"")
    }
    let isNamed = ["keys", "tags", "namespaces", "resources"].contains { name in
      guard let value = object[name] else { return false }
      if case .array(let all) = value.kind { return !all.isEmpty }
      return true
    }
    if !isNamed, !selector.all {
      error(
        value.offset, "\(what) invalidates nothing", "name \"keys\", \"tags\", \"namespaces\", \"resources\" or \"all\""
      )
    }
    return selector
  }

  /// What is written without placeholders can be judged now.
  private func judge(_ text: ReadText, _ member: String, _ plain: String) {
    let plain = ReadText(text: plain, value: text.value)
    switch member {
    case "keys":
      if !plain.text.contains("/") {
        _ = entryName(namespace: context.namespace, key: plain)
      } else {
        _ = entry(
          ReadText(text: "entry:\(plain.text)", value: text.value), namespace: context.namespace)
      }
    case "tags": _ = tag(plain)
    case "namespaces", "within": _ = namespace(plain)
    default: _ = resource(plain, namespace: context.namespace)
    }
  }

  func schedules(_ value: JSONValue?) -> [Schedule] {
    array(value, "\"schedules\"", of: "objects").compactMap { value in
      guard let object = object(value, "a schedule", known: ["every", "cron", "timeZone", "invalidate"]) else {
        return nil
      }
      let time = time(object)
      guard let invalidate = object["invalidate"] else {
        missing(object, "a schedule", "invalidate")
        return nil
      }
      guard let selector = selector(invalidate, "\"invalidate\"", parameters: []), let time else { return nil }
      return Schedule(time: time, invalidate: selector, position: map.position(value.offset))
    }
  }

  private func time(_ object: ObjectReader) -> Schedule.Time? {
    let zone = string(object["timeZone"], "\"timeZone\"")
    if let zone, !Self.isTimeZoneName(zone.text) {
      error(zone.value.offset, "\"\(zone.text)\" is no time zone", "write \"UTC\", or a name as in \"Europe/Berlin\"")
    }
    switch (object["every"], object["cron"]) {
    case (let every?, nil):
      if let zone { error(zone.value.offset, "\"timeZone\" goes with \"cron\", not with \"every\"", "take it away") }
      guard let duration = duration(every, "\"every\"") else { return nil }
      if duration < ManifestDuration(nanoseconds: 1_000_000_000) {
        error(every.offset, "\"every\" must be at least 1s")
        return nil
      }
      return .every(duration)
    case (nil, let cron?):
      guard let text = string(cron, "\"cron\"") else { return nil }
      do {
        return .cron(try CronExpression(text.text), timeZone: zone?.text)
      } catch {
        self.error(
          offset(of: cron, inner: error.offset), "the time \"\(text.text)\": \(error.problem)",
          "\"0 3 * * *\" is every day at 3:00")
        return nil
      }
    case (nil, nil): error(object.value.offset, "a schedule needs the member \"every\" or \"cron\"")
    case (_?, let cron?):
      error(cron.offset, "a schedule has \"every\" or \"cron\", not both", "write two schedules")
    }
    return nil
  }

  /// `UTC`, `Europe/Berlin`, `America/Argentina/Salta`, `Etc/GMT+1`: how names of the time zone database look. Nothing that
  /// climbs out of its folder.
  static func isTimeZoneName(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return (1...3).contains(parts.count)
      && parts.allSatisfy { part in
        guard let first = part.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first & ~0x20), part.count <= 32
        else { return false }
        return part.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || (0x30...0x39).contains($0)
            || "_+-".utf8.contains($0)
        }
      }
  }

  func hooks(_ value: JSONValue?) -> [Hook] {
    array(value, "\"hooks\"", of: "objects").compactMap { value in
      guard let object = object(value, "a hook", known: ["when", "run", "timeout"]) else { return nil }
      let when = object["when"].map(condition) ?? Hook.Condition()
      let timeout = duration(object["timeout"], "\"timeout\"")
      guard let run = object["run"] else {
        missing(object, "a hook", "run")
        return nil
      }
      return command(run, "\"run\"", captures: []).map {
        Hook(when: when, run: $0, timeout: timeout, position: map.position(value.offset))
      }
    }
  }

  private func keyPattern(_ text: ReadText) -> Glob? {
    do {
      return try Glob(text.text)
    } catch {
      fail(text, "the pattern", error)
      return nil
    }
  }

  private func condition(_ value: JSONValue) -> Hook.Condition {
    var condition = Hook.Condition()
    guard let object = object(value, "\"when\"", known: ["tags", "namespaces", "keys", "states"]) else {
      return condition
    }
    condition.tags = strings(object["tags"], "\"tags\"").compactMap(tag)
    condition.namespaces = strings(object["namespaces"], "\"namespaces\"").compactMap(namespace)
    condition.keys = strings(object["keys"], "\"keys\"").compactMap(keyPattern)
    condition.states = array(object["states"], "\"states\"", of: "strings").compactMap {
      word($0, "each of \"states\"", State.self)
    }
    return condition
  }
}
