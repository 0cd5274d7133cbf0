/// What was seen of a file or directory, and whether a change after that would show in its time stamps.
struct Sighting: Sendable {
  let status: FileStatus
  /// When it was first seen to be so: nanoseconds of the steady clock.
  private let since: Int64
  /// A change after this sighting would show in the time stamps.
  private(set) var isSettled: Bool

  /// Nanoseconds by which a clock that is not ours may differ.
  private static var skew: Int64 { 3_600_000_000_000 }

  /// What is as young as the sighting may change once more and keep its stamps: git's racy rule. So it is reported until it
  /// has been seen unchanged for as long as the stamps' granularity. `time`: nanoseconds, as `Kernel.time`.
  init(_ status: FileStatus, isRemote: Bool, at time: (stamp: Int64, steady: Int64)) {
    self.status = status
    since = time.steady
    let slack = isRemote ? Self.skew : Self.granularity(of: status)
    isSettled = max(status.modified, status.changed) < time.stamp - slack
  }

  /// Seen once more, and equal.
  mutating func confirm(at time: (stamp: Int64, steady: Int64)) {
    if time.steady - since >= Self.granularity(of: status) { isSettled = true }
  }

  /// How many nanoseconds apart two changes must be to differ in their stamps: a tick of the kernel, or where the file
  /// system keeps whole seconds, two (FAT).
  private static func granularity(of status: FileStatus) -> Int64 {
    status.modified % 1_000_000_000 == 0 && status.changed % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
  }
}

/// What was seen of a name that has to be compared, because no event tells of all its changes.
struct Look: Sendable {
  var itself: Sighting
  /// Of a directory whose listing matters, sorted.
  var names: Listing?
  /// The round in which it was last found changed, or too young to tell, and that of the look before that one.
  var changed = -1
  var unchanged = -1
  /// The `.gitignore` in it.
  private(set) var rules: Sighting?
  /// What its file system keeps from us; nil where it could not be watched.
  var remoteness: MountTable.Remoteness?
  /// The round in which it was last compared.
  var round = 0

  /// `time`: nanoseconds, as `Kernel.time`.
  init(_ status: FileStatus, remoteness: MountTable.Remoteness?, at time: (stamp: Int64, steady: Int64)) {
    itself = Sighting(status, isRemote: remoteness != nil, at: time)
    self.remoteness = remoteness
  }

  var status: FileStatus { itself.status }
  /// Nothing can have changed since and look as it did.
  var isSettled: Bool { itself.isSettled && rules?.isSettled != false }

  /// What stands at the rule file's name, nil for nothing. True if it may have been written since it was last looked at; by
  /// the racy rule that is so only once in a round of comparing. `time`: nanoseconds, as `Kernel.time`.
  mutating func take(rules found: FileStatus?, at time: (stamp: Int64, steady: Int64), inRound: Bool) -> Bool {
    guard rules?.status == found else {
      rules = found.map { Sighting($0, isRemote: remoteness != nil, at: time) }
      return true
    }
    if !inRound || rules?.isSettled != false { return false }
    rules?.confirm(at: time)
    return true
  }

  /// Another look at the same thing: what is known of its contents stays.
  mutating func keepContents(of old: Look) {
    names = old.names
    changed = old.changed
    unchanged = old.unchanged
    rules = old.rules
  }

  mutating func forgetNames() { names = nil }
}
