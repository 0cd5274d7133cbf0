import Freshness
import Manifest
import Testing

@testable import StaledAgent

/// What is due, over restarts, edits of the manifest, and clocks that are set.
@Suite struct ScheduleBookTests {
  static let second: Int64 = 1_000_000_000
  static let minute = 60 * second
  static let hour = 60 * minute

  static func every(_ text: String) throws -> ScheduleTimes { try ScheduleTimes(.every(ManifestDuration(text))) }

  /// One schedule, new at that moment.
  static func book(_ times: ScheduleTimes, wall: WallClock = 0, engine: Int64 = 0) -> ScheduleBook {
    var book = ScheduleBook()
    book.replace(with: [("a", times)], wall: wall, engine: engine)
    return book
  }

  /// As the owner does: asks what is due, and runs that.
  static func run(_ book: inout ScheduleBook, at wall: WallClock, _ engine: Int64 = 0) -> [String] {
    let due = book.due(wall: wall, engine: engine)
    for key in due { book.ran(key, wall: wall, engine: engine) }
    return due
  }

  @Test func aNewScheduleCountsFromNow() throws {
    let start = try moment("2026-11-23T12:00")
    var book = ScheduleBook()
    #expect(book.nextWall == nil && book.nextEngine == nil)
    #expect(book.due(wall: start, engine: 500) == [])
    book.replace(
      with: [("cron", try times("*/10 * * * *", "UTC")), ("every", try Self.every("90s"))], wall: start, engine: 500)
    #expect(book.due(wall: start, engine: 500) == [])
    #expect(book.nextWall == start + 10 * Self.minute)
    #expect(book.nextEngine == 90 * Self.second + 500)
    #expect(book.next(of: "cron") == book.nextWall && book.next(of: "every") == book.nextEngine)
    #expect(book.next(of: "other") == nil)
  }

  @Test func whatIsDueStaysSoUntilItRan() throws {
    let start = try moment("2026-11-23T12:00")
    var book = Self.book(try times("*/10 * * * *", "UTC"), wall: start)
    #expect(book.due(wall: start + 10 * Self.minute - 1, engine: 0) == [])
    for _ in 0..<2 { #expect(book.due(wall: start + 10 * Self.minute, engine: 0) == ["a"]) }
    book.ran("a", wall: start + 10 * Self.minute, engine: 0)
    book.ran("gone", wall: start + 10 * Self.minute, engine: 0)
    #expect(book.due(wall: start + 10 * Self.minute, engine: 0) == [])
    #expect(book.nextWall == start + 20 * Self.minute)
  }

  @Test func eachGoesByItsOwnClock() throws {
    var book = ScheduleBook()
    book.replace(
      with: [("a", try times("0 * * * *", "UTC")), ("b", try Self.every("10s")), ("c", try Self.every("15s"))],
      wall: 0, engine: 0)
    #expect(Self.run(&book, at: 0, 10 * Self.second) == ["b"])
    #expect(book.nextEngine == 15 * Self.second)
    #expect(Self.run(&book, at: Self.hour, 15 * Self.second) == ["a", "c"])
    #expect(book.nextEngine == 20 * Self.second)
    #expect(book.nextWall == 2 * Self.hour)
    // The next interval begins with the run, late as it was.
    #expect(Self.run(&book, at: Self.hour, 26 * Self.second) == ["b"])
    #expect(book.next(of: "b") == 36 * Self.second)
  }

  @Test func runsThatWereMissedCountAsOne() throws {
    var book = ScheduleBook()
    book.replace(with: [("a", try times("*/10 * * * *", "UTC")), ("b", try Self.every("10s"))], wall: 0, engine: 0)
    let stored = book.encoded
    // Down for a day and five minutes.
    book = ScheduleBook(stored: stored)
    let (wall, engine) = (24 * Self.hour + 5 * Self.minute, 24 * Self.hour + 7)
    book.replace(
      with: [("a", try times("*/10 * * * *", "UTC")), ("b", try Self.every("10s"))], wall: wall, engine: engine)
    #expect(Self.run(&book, at: wall, engine) == ["a", "b"])
    #expect(Self.run(&book, at: wall, engine) == [])
    #expect(book.nextWall == 24 * Self.hour + 10 * Self.minute)
    #expect(book.nextEngine == engine + 10 * Self.second)
  }

  @Test func whatWasNotMissedIsNotDueAfterARestart() throws {
    var book = Self.book(try times("0 3 * * *", "UTC"), wall: try moment("2026-11-23T02:00"))
    #expect(Self.run(&book, at: try moment("2026-11-23T03:00")) == ["a"])
    book = ScheduleBook(stored: book.encoded)
    let later = try moment("2026-11-23T12:00")
    book.replace(with: [("a", try times("0 3 * * *", "UTC"))], wall: later, engine: 0)
    #expect(book.due(wall: later, engine: 0) == [])
    #expect(book.nextWall.map(text) == "2026-11-24T03:00")
  }

  @Test func anEditLeavesTheLastRunsOfTheOthers() throws {
    var book = ScheduleBook()
    let (ten, twenty) = (try Self.every("10s"), try Self.every("20s"))
    book.replace(with: [("a", ten), ("b", twenty)], wall: 0, engine: 0)
    // One comes before them, one goes.
    book.replace(with: [("new", ten), ("b", twenty)], wall: 0, engine: 15 * Self.second)
    #expect(book.next(of: "a") == nil)
    #expect(book.next(of: "b") == 20 * Self.second)
    #expect(book.next(of: "new") == 25 * Self.second)
    #expect(book.due(wall: 0, engine: 30 * Self.second) == ["new", "b"])
    // One that comes back is new.
    book.replace(with: [("a", ten)], wall: 0, engine: 30 * Self.second)
    #expect(book.due(wall: 0, engine: 30 * Self.second) == [])
    #expect(book.nextEngine == 40 * Self.second)
  }

  @Test func whatIsStoredCountsForTheFirstManifestOnly() throws {
    let ten = try Self.every("10s")
    var book = ScheduleBook(stored: Self.book(ten).encoded)
    #expect(book.encoded == Self.book(ten).encoded)
    book.replace(with: [], wall: 0, engine: 5 * Self.second)
    book.replace(with: [("a", ten)], wall: 0, engine: 5 * Self.second)
    #expect(book.nextEngine == 15 * Self.second)
  }

  @Test func theSameScheduleTwiceIsOne() throws {
    var book = ScheduleBook()
    book.replace(with: [("a", try Self.every("10s")), ("a", try Self.every("10s"))], wall: 0, engine: 0)
    #expect(Self.run(&book, at: 0, 10 * Self.second) == ["a"])
    #expect(Self.run(&book, at: 0, 10 * Self.second) == [])
    #expect(LastRuns(encoded: book.encoded)?.runs.count == 1)
  }

  @Test func aKeyThatWentByAnotherClockIsNew() throws {
    var book = ScheduleBook(stored: LastRuns(["a": .init(clock: .wall, time: 1)]).encoded)
    book.replace(with: [("a", try Self.every("10s"))], wall: 0, engine: 100 * Self.second)
    #expect(book.nextEngine == 110 * Self.second)
  }

  /// The wall clock, step by step: what it shows, what is due then and run, and when the next is.
  @Test(arguments: [
    // Set back by less than an hour: what ran does not run again.
    [
      ("2026-11-23T12:20", true, "2026-11-23T12:30"), ("2026-11-23T12:05", false, "2026-11-23T12:30"),
      ("2026-11-23T12:20", false, "2026-11-23T12:30"), ("2026-11-23T12:30", true, "2026-11-23T12:40"),
    ],
    // By an hour exactly.
    [("2026-11-23T12:20", true, "2026-11-23T12:30"), ("2026-11-23T11:20", false, "2026-11-23T12:30")],
    // By more: from then on.
    [
      ("2026-11-23T12:20", true, "2026-11-23T12:30"), ("2026-11-23T11:19:59", false, "2026-11-23T11:20"),
      ("2026-11-23T11:20", true, "2026-11-23T11:30"),
    ],
    // It had shown a time that was far ahead.
    [
      ("2099-01-01T00:00", true, "2099-01-01T00:10"), ("2026-11-23T12:03", false, "2026-11-23T12:10"),
      ("2026-11-23T12:10", true, "2026-11-23T12:20"),
    ],
    // Step by step further back, an hour in all: the last run is what counts.
    [
      ("2026-11-23T12:20", true, "2026-11-23T12:30"), ("2026-11-23T11:50", false, "2026-11-23T12:30"),
      ("2026-11-23T11:30", false, "2026-11-23T12:30"), ("2026-11-23T11:15", false, "2026-11-23T11:20"),
    ],
    // Set ahead: what was missed counts once.
    [("2026-11-23T12:20", true, "2026-11-23T12:30"), ("2027-01-01T00:05", true, "2027-01-01T00:10")],
  ]) func theWallClockIsSet(_ steps: [(String, Bool, String)]) throws {
    var book = Self.book(try times("*/10 * * * *", "UTC"), wall: try moment("2026-11-23T12:00"))
    for (now, isDue, next) in steps {
      #expect(Self.run(&book, at: try moment(now)) == (isDue ? ["a"] : []), "at \(now)")
      #expect(book.nextWall.map(text) == next, "at \(now)")
    }
  }

  @Test func aWallClockThatWasSetBackWhileDownCounts() throws {
    var book = ScheduleBook(
      stored: Self.book(try times("@daily", "UTC"), wall: try moment("2030-01-01T00:00")).encoded)
    let now = try moment("2026-11-23T12:00")
    book.replace(with: [("a", try times("@daily", "UTC"))], wall: now, engine: 0)
    #expect(book.due(wall: now, engine: 0) == [])
    #expect(book.nextWall.map(text) == "2026-11-24T00:00")
  }

  @Test func aScheduleOfTheWallClockRunsOnceInARepeatedHour() throws {
    var book = Self.book(try times("*/30 2 * * *", "Europe/Berlin"), wall: try moment("2026-10-24T12:00"))
    let runs = try (0..<8).map { try moment("2026-10-24T23:30") + Int64($0) * 30 * Self.minute }
      .filter { Self.run(&book, at: $0) == ["a"] }
    #expect(runs.map(text) == ["2026-10-25T00:00", "2026-10-25T00:30"])
  }

  @Test func anEngineClockThatShowsLessCountsFromNow() throws {
    var book = Self.book(try Self.every("10s"), engine: 1000 * Self.second)
    #expect(book.due(wall: 0, engine: 3 * Self.second) == [])
    #expect(book.nextEngine == 13 * Self.second)
  }

  @Test func theEndsOfTimeAreNoTrap() throws {
    for last in [Int64.min, 0, .max] {
      for now in [Int64.min, -1, 0, .max] {
        for times in [try times("0 3 * * *", "Europe/Berlin"), try times("* * * * *", "UTC"), try Self.every("1s")] {
          var book = Self.book(times, wall: last, engine: last)
          _ = Self.run(&book, at: now, now)
          #expect(book.due(wall: now, engine: now) == [])
        }
      }
    }
  }
}
