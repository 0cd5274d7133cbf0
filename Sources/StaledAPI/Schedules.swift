/// `GET /v1/schedules`: what is invalidated by itself, the next first.
public struct SchedulesReply: Codable, Hashable, Sendable {
  public struct Schedule: Codable, Hashable, Sendable {
    /// `every 1h`, or the five fields and perhaps a time zone: `0 3 * * * Europe/Berlin`.
    public var time: String
    /// RFC 3339; missing if it never runs.
    public var next: String?
    /// What it invalidates.
    public var invalidate: InvalidateRequest

    public init(time: String, next: String?, invalidate: InvalidateRequest) {
      self.time = time
      self.next = next
      self.invalidate = invalidate
    }
  }

  public var schedules: [Schedule]

  public init(schedules: [Schedule]) { self.schedules = schedules }
}
