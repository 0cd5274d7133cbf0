/// How many events there were within the last hour, or another window.
///
/// A ring of buckets that is moved on by whoever notes or asks: while nothing happens, nothing is done. The window is the
/// bucket under way and those before it, so an event counts for at least the window less a bucket, and never longer than
/// the window. Times are nanoseconds of a clock that is never set back; if one is earlier than those before it all the
/// same, time stands still until it has caught up.
struct SlidingCount: Sendable {
  static let hour: Int64 = 3_600_000_000_000

  /// A bucket's, in nanoseconds.
  private let width: Int64
  private var counts: [Int]
  /// The number of the last bucket that was noted in; the first one of the clock is 0.
  private var newest: Int64 = 0

  /// A window, in nanoseconds, that the buckets do not divide is rounded down to one that they do.
  init(window: Int64 = hour, buckets: Int = 60) {
    let buckets = max(1, min(Int64(buckets), window))
    width = max(1, window / buckets)
    counts = Array(repeating: 0, count: Int(buckets))
  }

  /// In nanoseconds.
  var window: Int64 { width * Int64(counts.count) }

  /// `n` events happened; less than one is none.
  mutating func note(_ n: Int = 1, at now: Int64) {
    guard n > 0 else { return }
    let bucket = max(newest, number(of: now))
    // At most once around: then all are empty.
    for step in 0..<min(bucket - newest, Int64(counts.count)) { counts[place(of: newest + step + 1)] = 0 }
    newest = bucket
    counts[place(of: bucket)] += n
  }

  /// Events within the window.
  func count(at now: Int64) -> Int {
    let passed = max(newest, number(of: now)) - newest
    guard passed < counts.count else { return 0 }
    return (0...min(Int64(counts.count) - passed - 1, newest)).reduce(0) { $0 + counts[place(of: newest - $1)] }
  }

  /// Events in an hour at the rate of the window. Of what began at `begun`, less than a window ago, the rate since then;
  /// since a bucket ago at least, so that the first second does not stand for an hour of such seconds.
  func perHour(at now: Int64, since begun: Int64) -> Double {
    // Doubles, for these cannot overflow.
    let age = max(Double(width), Double(now) - Double(begun))
    return Double(count(at: now)) * (Double(Self.hour) / min(Double(window), age))
  }

  private func number(of time: Int64) -> Int64 { max(0, time) / width }

  private func place(of bucket: Int64) -> Int { Int(bucket % Int64(counts.count)) }
}
