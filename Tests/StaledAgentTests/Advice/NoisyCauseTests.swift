import StaledAPI
import Testing

@testable import StaledAgent

/// Causes that end much, and tags on everything.
@Suite struct NoisyCauseTests {
  @Test(arguments: [
    (
      "file:src/a b.h", "changes of this file reach very many entries",
      #"let fewer entries depend on it, with narrower patterns in "files" or the --depfile that the compiler writes, or split it by what they need (stale affected 'file:src/a b.h' shows them)"#
    ),
    (
      "file:src/.a.c.swp", "this looks like a temporary file, and each time it is written entries are not fresh",
      #"add "*.swp" to watch.ignore in staled.json; entries that name it outright follow it all the same (stale affected file:src/.a.c.swp shows them): let them name what they need"#
    ),
    (
      "file:node_modules/x/i.js", "this looks like a generated file, and each time it is written entries are not fresh",
      #"add "node_modules/" to watch.ignore in staled.json; entries that name it outright follow it all the same (stale affected file:node_modules/x/i.js shows them): let them depend on what it is made from, or on the entry that makes it"#
    ),
    (
      "dir:src", "files come and go in this directory, and each time all that rests on its listing is not fresh",
      "add what comes and goes to watch.ignore in staled.json, or depend on a glob of the files that are meant (stale affected dir:src shows which entries do)"
    ),
    (
      "glob:src/**", "so many files match this pattern that something in it changes all the time",
      #"write narrower patterns into "files" in staled.json, or add what need not be in it to watch.ignore (stale affected 'glob:src/**' shows which entries use it)"#
    ),
    (
      "entry:b/x", "this entry is made again to something else each time, and all that rests on it with it",
      "make its command give equal output for equal input (no times, no random names, sorted lists): dependents of what is made again to the same digest stay as they are (stale affected entry:b/x)"
    ),
    (
      "env:CC", "each time a client says that this changed, all that rests on it is not fresh",
      "say so only when it is another value than before, or split it into several ids (stale affected env:CC shows what rests on it)"
    ),
    (
      "tag:it's", "calls for this tag cause a large part of the invalidations",
      #"give the tag to fewer entries (stale list --tag 'it'\''s'), or name what they are made from, so that changes end those that are concerned"#
    ),
    (
      "namespace:temp", "calls that clear this namespace cause a large part of the invalidations",
      "invalidate by a tag or a resource instead (stale invalidate --tag TAG, --resource ID), which ends only what is concerned"
    ),
    (
      "event:log out", "this event causes a large part of the invalidations",
      #"let events."log out" in staled.json name fewer tags, namespaces or resources, or use its parameters in them"#
    ),
    (
      "schedule:every 1h",
      "this schedule causes a large part of the invalidations, whether or not anything has changed",
      #"let it run less often, or name less in its "invalidate" under "schedules" in staled.json (stale schedules shows when it runs)"#
    ),
    (
      "call:all", "calls that end everything (stale invalidate --all) cause a large part of the invalidations",
      "invalidate by a tag or a resource instead (stale invalidate --tag TAG, --resource ID), which ends only what is concerned"
    ),
    (
      "call:verify", "files changed without the kernel saying so, and it was found by looking again",
      "stale status tells what is not watched well; on network and other shared file systems, write through this machine or run stale verify when others have written"
    ),
    (
      "call:invalidate", "calls that name entries cause a large part of the invalidations",
      #"name what the entries are made from ("files", "entries", "resources" in staled.json, or --dep), so that changes end them without a call"#
    ),
  ]) func whatIsSaidOfEachKindOfCause(cause: String, message: String, remedy: String) {
    var figures = Figures(invalidations: 900)
    figures.causes = [Figures.Cause(cause: cause, invalidations: 420, error: 20)]
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .noisyCause, subject: cause, figure: "at least 400 of 900 invalidations", message: message,
          remedy: remedy)
      ])
  }

  @Test(arguments: ["file:staled.json", "clock:ttl", "call:recovery", "no colon"]) func causesThatAreNobodysFault(
    cause: String
  ) {
    var figures = Figures(invalidations: 900)
    figures.causes = [Figures.Cause(cause: cause, invalidations: 900)]
    #expect(Advisor.advise(figures) == [])
  }

  @Test(
    arguments: [
      (50, 15, 0, "15 of 50 invalidations"), (49, 49, 0, nil), (50, 14, 0, nil),
      (100, 30, 0, "30 of 100 invalidations"),
      (100, 29, 0, nil), (100, 40, 10, "at least 30 of 100 invalidations"), (100, 40, 11, nil), (100, 20, 90, nil),
    ] as [(Int, Int, Int, String?)])
  func aCauseIsNoisyIfItsCertainPartIsThreeInTenOfFifty(all: Int, counted: Int, error: Int, figure: String?) {
    var figures = Figures(invalidations: all)
    figures.causes = [Figures.Cause(cause: "file:a.h", invalidations: counted, error: error)]
    #expect(Advisor.advise(figures).map(\.figure) == (figure.map { [$0] } ?? []))
  }

  @Test(
    arguments: [
      // Generated, wherever it is.
      ("web/node_modules/a/dist/b.js", .generated(pattern: "node_modules/")),
      ("a/__pycache__/b.pyc", .generated(pattern: "__pycache__/")),
      ("/opt/x/node_modules/a.js", .generated(pattern: "node_modules/")), ("src/a.o", .generated(pattern: "*.o")),
      // Directories that sources may be in too: only this one.
      ("build/gen.h", .generated(pattern: "/build/")), ("web/dist/a.js", .generated(pattern: "/web/dist/")),
      ("tmp/a", .temporary(pattern: "/tmp/")), ("a[1]/out/b", .generated(pattern: "out/")),
      ("caf%E9/out/b", .generated(pattern: "out/")),
      ("/home/build/a.h", nil), ("/tmp/a.h", nil), ("/tmp/a.log", .temporary(pattern: "*.log")),
      // Temporary.
      ("a.log", .temporary(pattern: "*.log")), ("src/a.c~", .temporary(pattern: "*~")),
      ("src/#a.c#", .temporary(pattern: "\\#*#")),
      ("src/.#a.c", .temporary(pattern: ".#*")), ("src/4913", .temporary(pattern: "4913")),
      (".DS_Store", .temporary(pattern: ".DS_Store")),
      // What people write.
      ("build", nil), ("src/build.swift", nil), ("src/catalog", nil), (".log", nil), ("~", nil), ("src/a.d", nil),
      ("", nil),
      ("package-lock.json", nil), ("outline/a.md", nil), ("#", nil),
    ] as [(String, Disposable?)])
  func whichFilesNobodyWritesByHand(path: String, expected: Disposable?) { #expect(Disposable(path: path) == expected) }

  // MARK: Tags

  @Test func tagsOnAlmostEverything() {
    var figures = Figures(entries: 100, taggedEntries: 98, invalidations: 200)
    figures.tags = [
      Figures.Tag(name: "object", entries: 98), Figures.Tag(name: "your code", entries: 95),
      Figures.Tag(name: "binary", entries: 89),
    ]
    figures.causes = [Figures.Cause(cause: "tag:your code", invalidations: 190, error: 5)]
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .broadTag, subject: "your code", figure: "95 of 100 entries",
          message: "a call for this tag hits almost everything; it made at least 185 entries worse",
          remedy:
            #"give parts of it tags of their own in staled.json, as "your code/part" (with "tagHierarchy": true the tag itself still reaches all of them), and invalidate by those (stale list --tag 'your code')"#
        ),
        AdviceReply.Item(
          kind: .broadTag, subject: "object", figure: "98 of 100 entries",
          message: "a call for this tag hits almost everything",
          remedy:
            #"it tells no entry from another: leave it out of "tags" in staled.json, and invalidate by the other tags (stale list --tag object shows them)"#
        ),
      ])
  }

  @Test(arguments: [
    (18, 20, 2, true), (17, 20, 2, false), (18, 20, 1, false), (19, 19, 2, false), (90, 100, 2, true),
    (89, 100, 2, false),
  ]) func aTagIsBroadOnNineInTenOfTwentyEntriesIfThereAreOthers(bearing: Int, all: Int, tags: Int, isSaid: Bool) {
    var figures = Figures(entries: all, taggedEntries: all)
    figures.tags = Array([Figures.Tag(name: "a", entries: bearing), Figures.Tag(name: "b", entries: 1)].prefix(tags))
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }
}
