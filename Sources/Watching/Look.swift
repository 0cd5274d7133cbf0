/// What was seen of a name that has to be compared, because no event tells of all its changes.
struct Look: Sendable {
  var status: FileStatus
  /// Of a directory whose listing matters, sorted.
  var names: Listing?
  /// The `.gitignore` in it.
  var rules: FileStatus?
  /// What its file system keeps from us; nil where it could not be watched.
  var remoteness: MountTable.Remoteness?
  /// When it was first seen to be so, by the steady clock.
  var since: Int64
  /// A change after this look would show in the time stamps.
  var isSettled: Bool
  /// The round in which it was last compared.
  var round = 0

  /// A clock that is not ours may differ by so much.
  private static var skew: Int64 { 3_600_000_000_000 }

  /// What is as young as the look may change once more and keep its stamps: git's racy rule. So it is reported until it has
  /// been seen unchanged for as long as the stamps' granularity.
  init(_ status: FileStatus, remoteness: MountTable.Remoteness?, at time: (stamp: Int64, steady: Int64)) {
    self.status = status
    self.remoteness = remoteness
    since = time.steady
    let slack = remoteness == nil ? Self.granularity(of: status) : Self.skew
    isSettled = max(status.modified, status.changed) < time.stamp - slack
  }

  /// Seen once more, and equal.
  mutating func confirm(at time: (stamp: Int64, steady: Int64)) {
    if time.steady - since >= Self.granularity(of: status) { isSettled = true }
  }

  /// How far apart two changes must be to differ in their stamps: a tick of the kernel, or where the file system keeps
  /// whole seconds, two (FAT).
  private static func granularity(of status: FileStatus) -> Int64 {
    status.modified % 1_000_000_000 == 0 && status.changed % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
  }
}
