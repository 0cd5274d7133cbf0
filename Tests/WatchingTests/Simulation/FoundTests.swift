#if DEBUG
  import Paths
  import Testing

  @testable import Watching

  /// Faults that drawn histories have found, in the fewest steps that show each.
  @Suite struct WatchFoundTests {
    private var bench = StepBench(without: nil)

    private func tells(_ events: [WatchEvent], _ wanted: WatchEvent) -> Bool { events.contains(wanted) }

    @Test mutating func rulesWrittenWhileADirectoryWasClosedAreReadWhenItOpens() {
      bench.change { world in
        world.mkdirs("/w/c/a".utf8Bytes)
        world.mkdirs("/w/c/b".utf8Bytes)
      }
      bench.start()
      bench.change { world in
        world.chmod("/w/c".utf8Bytes, readable: false, searchable: false)
        world.write("/w/c/.gitignore".utf8Bytes, "/a\n".utf8Bytes)
      }
      bench.readAll()
      let watched = bench.tree.status.watches
      _ = bench.drain()
      bench.change { $0.chmod("/w/c".utf8Bytes, readable: true, searchable: true) }
      bench.readAll()
      #expect(tells(bench.drain(), .tree("c")))
      #expect(bench.tree.status.watches == watched - 1)
    }

    /// Untracked files are not looked at while their directory is compared: whoever tracks one later is told that all its
    /// changes were reported.
    @Test mutating func whatBecomesWatchedAgainIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/c/b".utf8Bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.change { $0.write("/w/c/b".utf8Bytes) }
      bench.later()
      #expect(!tells(bench.drain(), .modified("c/b")))
      bench.change { $0.instances[0].limit = .max }
      bench.later()
      #expect(tells(bench.drain(), .tree("c")))
    }

    @Test mutating func aSecondNameThatIsTrackedItselfIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/x".utf8Bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x", "c"]) == [true, true])
      // The end of the directory is read first, and the link already found then.
      bench.change { world in
        world.remove("/w/c".utf8Bytes)
        world.link("/w/x".utf8Bytes, "/w/c".utf8Bytes)
      }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c".utf8Bytes) }
      bench.readAll()
      #expect(Set(bench.drain()) == [.modified("x"), .modified("c")])
    }

    /// What is looked at by its path while two directories have changed places, and then change back.
    @Test(arguments: [true, false]) mutating func aLookIntoTheWrongDirectoryIsMended(isTracked: Bool) {
      bench.change { world in
        world.mkdirs("/w/c/b".utf8Bytes)
        world.mkdirs("/w/x".utf8Bytes)
      }
      bench.start()
      if isTracked { _ = bench.tree.track(["c/b/a"]) }
      bench.change { world in
        world.remove("/w/c/b".utf8Bytes)
        world.mkdir("/w/c/b".utf8Bytes)
        world.rename("/w/c".utf8Bytes, "/w/x".utf8Bytes, exchange: true)
      }
      // Only what happened in it: there is no `c/b` now.
      bench.read(3)
      bench.change { $0.rename("/w/c".utf8Bytes, "/w/x".utf8Bytes, exchange: true) }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c/b/a".utf8Bytes) }
      bench.readAll()
      #expect(bench.drain().filter { $0 != .tree("c/b/a") } == [.renamed("c/b/a"), .modified("c/b/a")])
    }

    /// Whoever looks between two comparisons sees what neither of them does.
    @Test mutating func aNameThatWasGoneForAWhileIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/c/a".utf8Bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.remove("/w/c/a".utf8Bytes)
        world.write("/w/c/a".utf8Bytes)
      }
      bench.later()
      #expect(tells(bench.drain(), .names("c")))
      bench.later()
      _ = bench.drain()
      bench.later()
      #expect(bench.drain() == [])
    }

    @Test mutating func aNameThatWasThereForAWhileIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/c/b".utf8Bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.write("/w/c/a".utf8Bytes)
        world.remove("/w/c/a".utf8Bytes)
      }
      bench.later()
      #expect(bench.drain() == [.names("c")])
    }

    /// Nothing in it tells that it was elsewhere.
    @Test mutating func aDirectoryThatWasAwayForAWhileIsReportedWhole() {
      bench.change { world in
        world.mkdirs("/w/c/d".utf8Bytes)
        world.write("/w/c/d/a".utf8Bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      #expect(bench.tree.track(["c/d/a"]) == [false])
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.rename("/w/c/d".utf8Bytes, "/w/x".utf8Bytes)
        world.rename("/w/x".utf8Bytes, "/w/c/d".utf8Bytes)
      }
      bench.later()
      #expect(tells(bench.drain(), .tree("c/d")))
    }

    /// Its name cannot be looked at, but it is written by it.
    @Test mutating func aSecondNameInADirectoryThatCannotBeSearchedIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c/d".utf8Bytes)
        world.write("/w/x".utf8Bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.change { $0.chmod("/w/c".utf8Bytes, readable: false, searchable: false) }
      bench.readAll()
      _ = bench.drain()
      bench.change { world in
        world.link("/w/x".utf8Bytes, "/w/c/d/a".utf8Bytes)
        world.write("/w/c/d/a".utf8Bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// It has a watch of its own when the event of its second name is read: it was looked at for something else.
    @Test mutating func whatWasWrittenByASecondNameBeforeItWasNoticedIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/x".utf8Bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x", "l"]) == [true, true])
      bench.change { world in
        world.symlink("x".utf8Bytes, "/w/l".utf8Bytes)
        world.link("/w/x".utf8Bytes, "/w/c/a".utf8Bytes)
        world.write("/w/c/a".utf8Bytes)
      }
      // Of the symbolic link.
      bench.read(1)
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// What stood at its name could not be looked at when it was told that the other half went.
    @Test mutating func aDirectoryThatCameByAnExchangeWhereNobodyCouldLookIsWatched() {
      bench.change { world in
        world.mkdirs("/w/c/d".utf8Bytes)
        world.mkdirs("/w/x/e".utf8Bytes)
      }
      bench.start()
      bench.change { $0.rename("/w/x".utf8Bytes, "/w/c/d".utf8Bytes, exchange: true) }
      // All but the last half: `c/d` is told to have gone.
      bench.read(2)
      bench.change { $0.chmod("/w/c".utf8Bytes, readable: false, searchable: false) }
      bench.readAll()
      bench.change { $0.chmod("/w/c".utf8Bytes, readable: true, searchable: true) }
      bench.readAll()
      bench.later()
      _ = bench.drain()
      bench.change { $0.write("/w/c/d/a".utf8Bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .renamed("c/d/a")))
    }

    /// The name that was found last has gone; the other one stands for the file as before.
    @Test mutating func aThirdNameIsNoticedWhenTheSecondHasGone() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/x".utf8Bytes)
        world.link("/w/x".utf8Bytes, "/w/c/a".utf8Bytes)
      }
      bench.start()
      _ = bench.tree.track(["x", "c/a"])
      bench.change { $0.remove("/w/c/a".utf8Bytes) }
      bench.readAll()
      bench.change { world in
        world.link("/w/x".utf8Bytes, "/w/c/b".utf8Bytes)
        world.write("/w/c/b".utf8Bytes)
      }
      _ = bench.drain()
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// Its names have no events: they came before the watch.
    @Test mutating func aSecondNameInADirectoryThatIsNewIsNoticed() {
      bench.change { $0.write("/w/x".utf8Bytes) }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.change { world in
        world.mkdirs("/w/c/d".utf8Bytes)
        world.linkAnywhere("/w/x".utf8Bytes, "/w/c/d/a".utf8Bytes)
        world.write("/w/c/d/a".utf8Bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
      bench.change { $0.write("/w/c/d/a".utf8Bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// The listing is as it was.
    @Test mutating func aSecondNameThatReplacesAnotherWhereNothingIsWatchedIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/c/a".utf8Bytes)
        world.write("/w/x".utf8Bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.instances[0].limit = 4
        world.remove("/w/c/a".utf8Bytes)
        world.linkAnywhere("/w/x".utf8Bytes, "/w/c/a".utf8Bytes)
        world.write("/w/c/a".utf8Bytes)
      }
      bench.ask(1)
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// The directory is ignored before the event of the name is read.
    @Test mutating func aSecondNameInADirectoryThatIsIgnoredSinceIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/x".utf8Bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.change { world in
        world.write("/w/.gitignore".utf8Bytes)
        world.link("/w/x".utf8Bytes, "/w/c/a".utf8Bytes)
        world.write("/w/.gitignore".utf8Bytes, "c\n".utf8Bytes)
      }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c/a".utf8Bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// It is reached through a directory that can only be searched, which tells nothing.
    @Test mutating func aWatchedDirectoryThatWasAwayForAWhileIsReportedWhole() {
      bench.change { world in
        world.mkdirs("/o/c/d".utf8Bytes)
        world.write("/o/c/d/a".utf8Bytes)
        world.chmod("/o/c".utf8Bytes, readable: false, searchable: true)
      }
      bench.start()
      #expect(bench.tree.track(["/o/c/d/a"]) == [false])
      _ = bench.drain()
      bench.change { world in
        world.rename("/o/c/d".utf8Bytes, "/o/x".utf8Bytes)
        world.rename("/o/x".utf8Bytes, "/o/c/d".utf8Bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .tree("/o/c/d/a")))
    }

    /// It was elsewhere before the directory above it was watched again.
    @Test mutating func whatIsTrackedBelowADirectoryThatIsWatchedAgainIsReported() {
      bench.change { world in
        world.mkdirs("/o/p/c/d".utf8Bytes)
        world.write("/o/p/c/d/a".utf8Bytes)
      }
      bench.start()
      bench.change { $0.instances[0].limit = $0.instances[0].count }
      #expect(bench.tree.track(["/o/p/c/d/a"]) == [false])
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.rename("/o/p/c".utf8Bytes, "/o/x".utf8Bytes)
        world.rename("/o/x".utf8Bytes, "/o/p/c".utf8Bytes)
        world.instances[0].limit = .max
      }
      bench.later()
      #expect(tells(bench.drain(), .tree("/o/p/c/d/a")))
    }

    /// They were looked for where their directory had been.
    @Test mutating func rulesWrittenBeforeTheirDirectoryMovedAreRead() {
      bench.change { $0.mkdirs("/w/c/a".utf8Bytes) }
      bench.start()
      bench.change { world in
        world.write("/w/c/.gitignore".utf8Bytes, "/a\n".utf8Bytes)
        world.rename("/w/c".utf8Bytes, "/w/d".utf8Bytes)
      }
      let watched = bench.tree.status.watches
      bench.readAll()
      #expect(bench.tree.status.watches == watched - 1)
    }

    /// It was looked at while it was nowhere, and freed; another name got its place.
    @Test mutating func aDirectoryThatIsComparedWhileItMovesIsLetGoOnce() {
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.mount(ModelWorld.nfs4, on: "/w/c".utf8Bytes)
        world.mkdirs("/w/c/b/e".utf8Bytes)
      }
      bench.start()
      bench.change { $0.rename("/w/c/b".utf8Bytes, "/w/c/d".utf8Bytes) }
      // The first half.
      bench.read(1)
      bench.later()
      #expect(bench.tree.track(["/o/b/r"]) == [false])
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/o/b".utf8Bytes) }
      bench.readAll()
      #expect(bench.drain() == [.tree("/o/b/r")])
    }

    /// What is in it has watches, and with them go the events that they still have in the queue.
    @Test mutating func theEndOfADirectoryThatHadNoWatchIsReported() {
      bench.change { world in
        world.mkdirs("/o/c/a".utf8Bytes)
        world.write("/o/c/a/b".utf8Bytes)
        world.chmod("/o/c".utf8Bytes, readable: false, searchable: true)
      }
      bench.start()
      #expect(bench.tree.track(["/o/c/a/b"]) == [false])
      _ = bench.drain()
      bench.ask(1)
      bench.change { $0.remove("/o/c".utf8Bytes) }
      bench.read(1)
      #expect(bench.drain() == [.tree("/o/c/a/b"), .barrier(1)])
    }

    @Test mutating func rulesThatCameBackWhereTheyAreComparedAreReported() {
      let rules = "b/\n".utf8Bytes
      bench.change { world in
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/c/.gitignore".utf8Bytes, rules)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.later()
      bench.later()
      _ = bench.drain()
      bench.change { world in
        world.write("/w/c/.gitignore".utf8Bytes)
        world.write("/w/c/.gitignore".utf8Bytes, rules)
      }
      bench.later()
      #expect(tells(bench.drain(), .tree("c")))
      bench.later()
      _ = bench.drain()
      bench.later()
      #expect(bench.drain() == [])
    }

    /// One cookie for all: with one each, so many may wait that their cookies are the next overflow.
    @Test mutating func aHundredBarriersOutliveAnOverflowTogether() {
      bench.change { $0.instances[0].queueLimit = 4 }
      bench.start()
      for barrier in 1...100 { bench.ask(UInt64(barrier)) }
      bench.readAll()
      let told = bench.drain()
      #expect(told.filter { !$0.isBarrier } == [.everything])
      #expect(told.filter(\.isBarrier) == (1...100).map { .barrier($0) })
    }

    /// No signal tells that a mount moves along with the directory above it, and no event where that is ignored.
    @Test mutating func aMountThatIsCarriedInFromWhereNothingIsWatchedIsNoticedWhenItEnds() {
      bench.carryMountIn()
      bench.readAll()
      #expect(tells(bench.drain(), .tree("c/e")))
      let watched = bench.tree.status.watches
      bench.change { $0.unmount(ModelWorld.ext4) }
      bench.ask(1)
      bench.readAll()
      #expect(bench.drain() == [.tree("c/e/m"), .tree("c/e/m/b"), .barrier(1)])
      // Of what was in it.
      #expect(bench.tree.status.watches == watched - 1)
    }

    /// It was found, and has ended before the table is read that would have told where it was.
    @Test mutating func aMountThatIsCarriedInAndEndsBeforeTheTableIsReadIsNoticed() {
      bench.carryMountIn()
      bench.change { world in
        world.interruption = ("mounts()", { $0.unmount(ModelWorld.ext4) })
      }
      bench.readAll()
      #expect(tells(bench.drain(), .tree("c/e/m")))
      let watched = bench.tree.status.watches
      bench.change { $0.mkdir("/w/c/e/m/b".utf8Bytes) }
      bench.readAll()
      #expect(bench.drain() == [.renamed("c/e/m/b"), .tree("c/e/m/b")])
      #expect(bench.tree.status.watches == watched + 1)
    }

    /// What is compared as a step on a way is not listed, until somebody may look at its names.
    @Test mutating func aStepThatIsTrackedItselfIsListedFromThenOn() {
      bench.change { world in
        world.write("/o/a/x".utf8Bytes)
        world.instances[0].limit = 0
      }
      bench.start()
      _ = bench.tree.track(["/o/a/b"])
      #expect(bench.tree.track(["/o/a"]) == [false])
      _ = bench.drain()
      bench.change { $0.remove("/o/a/x".utf8Bytes) }
      bench.later()
      #expect(tells(bench.drain(), .renamed("/o/a/x")))
    }

    @Test mutating func theTopIsListedWhenALinkLeadsUpToIt() {
      bench.change { world in
        world.symlink("..".utf8Bytes, "/o/b".utf8Bytes)
        world.instances[0].limit = 0
      }
      bench.start()
      #expect(bench.tree.track(["/o/b"]) == [false])
      _ = bench.drain()
      bench.change { $0.write("/x".utf8Bytes) }
      bench.later()
      #expect(tells(bench.drain(), .renamed("/o/b/x")))
    }

    /// As they were drawn.
    @Test(
      arguments: [
        5040, 6589, 6957, 15_214, 27_206, 121_226, 138_632, 202_102, 225_085, 226_703, 324_545, 202_916, 203_972,
        204_028,
        204_604, 204_920,
      ]
        as [UInt64])
    func historiesThatFoundThemHold(seed: UInt64) {
      #expect(WatchSimulationTests.play(seed: seed, steps: 200).violation == nil)
    }
  }

  /// What the simulation takes for one and the same.
  @Suite struct WatchPlacesTests {
    @Test func theWorkspaceLiesInARootAboveIt() {
      var places = Places()
      let (inside, other, outside) = (places["a/b"], places["b"], places["/o/a"])
      #expect(places["/w/a/b"] == inside)
      #expect(places["/w"] == Places.workspace)
      #expect(places.isIn([Places.top], inside))
      #expect(places.isIn([Places.workspace], inside))
      #expect(!places.isIn([other], inside))
      #expect(!places.isIn([Places.workspace], outside))
      #expect([inside, outside, Places.workspace].map { places.text($0) } == ["a/b", "/o/a", "."])
    }
  }

  extension ModelWorld {
    fileprivate static let nfs4 = 2
    fileprivate static let ext4 = 3
  }

  extension StepBench {
    /// A directory with a mount in it moves from one that is ignored to one that is not; its event is not read yet.
    fileprivate mutating func carryMountIn() {
      change { world in
        world.mkdirs("/w/a/e/m".utf8Bytes)
        world.mkdirs("/w/c".utf8Bytes)
        world.write("/w/.gitignore".utf8Bytes, "/a\n".utf8Bytes)
        world.mount(ModelWorld.ext4, on: "/w/a/e/m".utf8Bytes)
      }
      start()
      change { $0.rename("/w/a/e".utf8Bytes, "/w/c/e".utf8Bytes) }
    }
  }

  extension String {
    fileprivate var utf8Bytes: [UInt8] { Array(utf8) }
  }
#endif
