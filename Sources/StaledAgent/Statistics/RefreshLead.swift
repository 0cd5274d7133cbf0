/// How long ahead of its expiry a hot entry is refreshed.
enum RefreshLead {
  /// The larger of a tenth of the time to live and three times the 95th percentile of the refresh times, at most half the
  /// time to live: early enough that a slow refresh still ends in time, and never so early that refreshing is all that is
  /// done. In nanoseconds. `p95` is nil if none was refreshed yet.
  static func lead(ttl: Int64, p95: Int64?) -> Int64 {
    let ttl = max(0, ttl)
    let (thrice, overflows) = max(0, p95 ?? 0).multipliedReportingOverflow(by: 3)
    return min(ttl / 2, max(ttl / 10, overflows ? .max : thrice))
  }
}
