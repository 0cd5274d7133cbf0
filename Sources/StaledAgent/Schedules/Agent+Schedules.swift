internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// Under which name the last runs are kept.
  static let scheduleNote = "schedules"

  /// Takes over the manifest's schedules. One that is there twice is there once.
  func adoptSchedules() {
    let now = tick()
    schedules = [:]
    manifest.unscheduled = []
    var lines: [(key: String, times: ScheduleTimes)] = []
    for schedule in manifest.manifest.schedules {
      do {
        let call = try call(of: schedule)
        let key =
          "\(schedule.name)\n\(call.keys)\n\(call.tags)\n\(call.within ?? [])\n\(call.namespaces)\n\(call.resources)"
          + "\n\(call.all) \(call.soft) \(call.cascade.map { "\($0)" } ?? "-")"
        lines.append((key, try ScheduleTimes(schedule.time)))
        schedules[key] = schedule
      } catch let error as UnknownTimeZone {
        complain(of: schedule, error.problem, error.remedy, at: now)
      } catch {
        complain(of: schedule, "\(error)", "mend it", at: now)
      }
    }
    scheduleBook.replace(with: lines, wall: now, engine: engine.clock)
    notes[Self.scheduleNote] = schedules.isEmpty ? [] : scheduleBook.encoded
  }

  private func complain(of schedule: Schedule, _ problem: String, _ remedy: String, at now: WallClock) {
    let message = "\(LoadedManifest.manifestName):\(schedule.position): the schedule does not run: \(problem)"
    manifest.unscheduled.append("\(message) (\(remedy))")
    recorder.record(.error, at: now) {
      $0.resource = "file:staled.json"
      $0.message = message
      $0.remedy = remedy
    }
  }

  private func call(of schedule: Schedule) throws(UnfitParameters) -> Invalidation {
    try schedule.invalidate.invalidation(cause: "schedule:\(schedule.name)", in: manifestNaming)
  }

  /// Carries out what is due, all at once.
  func runSchedules() async {
    if isRunningSchedules || scheduleBook.due(wall: SystemTime.wall(), engine: clockNow).isEmpty { return }
    // What is due by then is carried out together: the alarm does not ring for it again.
    isRunningSchedules = true
    defer { isRunningSchedules = false }
    // What was changed before is told first, by its own causes.
    guard await syncAll(), state == .watching else { return }
    let now = tick()
    let due = scheduleBook.due(wall: now, engine: engine.clock)
    if due.isEmpty { return }
    for key in due { scheduleBook.ran(key, wall: now, engine: engine.clock) }
    notes[Self.scheduleNote] = scheduleBook.encoded
    _ = engine.invalidate(due.compactMap { key in schedules[key].flatMap { try? call(of: $0) } })
    track()
    // If it cannot be written now it is when there is room. A run that changed nothing is nothing to tell, time and again.
    _ = try? await record(flush: true, leavingOutIdle: true)
  }

  /// `GET /v1/schedules`
  func listSchedules() -> SchedulesReply {
    let (wall, now) = (SystemTime.wall(), clockNow)
    var lines: [SchedulesReply.Schedule] = []
    for (key, schedule) in schedules {
      var next = scheduleBook.next(of: key)
      if case .every = schedule.time { next = next.map { wall + ($0 - now) } }
      let selector = schedule.invalidate
      var what = InvalidateRequest()
      func texts(_ templates: [Template]) -> [String]? { templates.isEmpty ? nil : templates.map { $0.text([:]) } }
      (what.keys, what.tags, what.within) = (texts(selector.keys), texts(selector.tags), texts(selector.within))
      (what.namespaces, what.resources) = (texts(selector.namespaces), texts(selector.resources))
      what.all = selector.all ? true : nil
      what.soft = selector.soft ? true : nil
      what.cascade = selector.cascade
      lines.append(
        SchedulesReply.Schedule(
          time: schedule.name, next: next.map { SystemTime.text(max($0, wall)) }, invalidate: what))
    }
    return SchedulesReply(schedules: lines.sorted { ($0.next ?? "~", $0.time) < ($1.next ?? "~", $1.time) })
  }
}
