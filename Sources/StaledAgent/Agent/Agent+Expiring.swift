internal import Freshness

extension Agent {
  /// Sets the alarm to what is due next by itself: lives, refreshes, schedules. Nothing wakes while nothing is due.
  func setAlarm() {
    guard state == .watching, let alarm else { return }
    let schedules = isRunningSchedules ? nil : scheduleBook
    let engine = [engine.nextDue, refreshing.due.first, refreshing.putOff.first, schedules?.nextEngine]
      .compactMap { $0 }.min()
    let next = (wall: schedules?.nextWall, steady: engine.map { engineClock.steady(at: $0) })
    if next == alarmed { return }
    alarmed = next
    alarm.set(wall: next.wall, steady: next.steady)
  }

  /// Makes the alarm, once.
  func armAlarm() throws(StartupError) {
    do throws(Errno) {
      alarm = try Alarm { [weak self] in Task { await self?.alarmRang() } }
    } catch {
      throw StartupError(
        "there is no timer: \(error)", remedy: "raise the limit of open files")
    }
  }

  private func alarmRang() async {
    guard state == .watching else { return }
    alarmed = (nil, nil)
    refreshWhatIsDue()
    // What is over is ended by the tick.
    _ = tick()
    _ = try? await record()
    await runSchedules()
    setAlarm()
  }
}
