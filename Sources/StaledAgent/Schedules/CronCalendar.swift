internal import Manifest

/// The moments that a cron expression names, on a clock that is never changed: in seconds since 1970 as that clock shows
/// them, every day with its 24 hours.
extension CronExpression {
  /// How many years ahead a day is looked for. A 29 February on a given day of the week comes again after 40 years at the
  /// latest (from before 2100 or 2200, which are no leap years, to after).
  private static let horizon = 41

  /// The first full minute from `local` on that the expression names; nil if there is none within some decades.
  func firstMatch(from local: Int64) -> Int64? {
    let minute = -floorDivision(-local, by: 60)
    let today = floorDivision(minute, by: 1440)
    guard let day = firstDay(from: today) else { return nil }
    if let time = firstTime(from: day == today ? Int(minute - today * 1440) : 0) { return (day * 1440 + time) * 60 }
    // The last of its times is past: only if the day is today.
    guard let day = firstDay(from: today + 1), let time = firstTime(from: 0) else { return nil }
    return (day * 1440 + time) * 60
  }

  /// In minutes since midnight, as is `start`.
  private func firstTime(from start: Int) -> Int64? {
    let hour = start / 60
    if hours >> hour & 1 == 1, let minute = minutes.lowestBit(from: start % 60) { return Int64(hour * 60 + minute) }
    guard let hour = hours.lowestBit(from: hour + 1), let minute = minutes.lowestBit(from: 0) else { return nil }
    return Int64(hour * 60 + minute)
  }

  /// In days since 1970, as is `start`.
  private func firstDay(from start: Int64) -> Int64? {
    var date = CivilDate(day: start)
    var day = start
    for _ in 0...Self.horizon * 12 {
      let left = Int64(date.daysInMonth - date.day)
      if months >> date.month & 1 == 1 {
        for ahead in 0...left where isNamed(date.day + Int(ahead), weekday: weekday(of: day + ahead)) {
          return day + ahead
        }
      }
      day += left + 1
      date.startNextMonth()
    }
    return nil
  }

  /// crontab(5): if both fields are restricted, either will do; a field that starts with `*` is not.
  private func isNamed(_ day: Int, weekday: Int) -> Bool {
    let (byDay, byWeekday) = (days >> day & 1 == 1, weekdays >> weekday & 1 == 1)
    return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday
  }
}

/// A date of the Gregorian calendar.
struct CivilDate: Hashable {
  var year: Int64
  /// From 1 on.
  var month: Int
  /// From 1 on.
  var day: Int

  /// The date `day` days after 1970-01-01.
  init(day: Int64) {
    // Years that begin in March, so that a leap day is a year's last: 0000-03-01 is 719468 days before 1970.
    let shifted = day + 719_468
    let era = floorDivision(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // From March on, five months have 153 days, over and over.
    let march = (5 * dayOfYear + 2) / 153
    self.day = Int(dayOfYear - (153 * march + 2) / 5) + 1
    month = Int(march < 10 ? march + 3 : march - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysInMonth: Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  mutating func startNextMonth() {
    day = 1
    month = month % 12 + 1
    if month == 1 { year += 1 }
  }
}

/// Of the day so many days after 1970-01-01, a Thursday; Sunday is 0.
private func weekday(of day: Int64) -> Int { Int(day + 4 - floorDivision(day + 4, by: 7) * 7) }

/// Rounded down, below zero too. `divisor` is positive.
func floorDivision(_ number: Int64, by divisor: Int64) -> Int64 {
  let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
  return rest < 0 ? quotient - 1 : quotient
}

extension UInt64 {
  /// The lowest bit that is set, of those from `start` on.
  fileprivate func lowestBit(from start: Int) -> Int? {
    let rest = self & ~0 << UInt64(start)
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }
}
