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
        world.mkdirs("/w/c/a".bytes)
        world.mkdirs("/w/c/b".bytes)
      }
      bench.start()
      bench.change { world in
        world.chmod("/w/c".bytes, readable: false, searchable: false)
        world.write("/w/c/.gitignore".bytes, "/a\n".bytes)
      }
      bench.readAll()
      let watched = bench.tree.status.watches
      _ = bench.drain()
      bench.change { $0.chmod("/w/c".bytes, readable: true, searchable: true) }
      bench.readAll()
      #expect(tells(bench.drain(), .tree("c")))
      #expect(bench.tree.status.watches == watched - 1)
    }

    /// Untracked files are not looked at while their directory is compared: whoever tracks one later is told that all its
    /// changes were reported.
    @Test mutating func whatBecomesWatchedAgainIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/c/b".bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.change { $0.write("/w/c/b".bytes) }
      bench.later()
      #expect(!tells(bench.drain(), .modified("c/b")))
      bench.change { $0.instances[0].limit = .max }
      bench.later()
      #expect(tells(bench.drain(), .tree("c")))
    }

    /// What is looked at by its path while two directories have changed places, and then change back.
    @Test(arguments: [true, false]) mutating func aLookIntoTheWrongDirectoryIsMended(isTracked: Bool) {
      bench.change { world in
        world.mkdirs("/w/c/b".bytes)
        world.mkdirs("/w/x".bytes)
      }
      bench.start()
      if isTracked { _ = bench.tree.track(["c/b/a"]) }
      bench.change { world in
        world.remove("/w/c/b".bytes)
        world.mkdir("/w/c/b".bytes)
        world.rename("/w/c".bytes, "/w/x".bytes, exchange: true)
      }
      // Only what happened in it: there is no `c/b` now.
      bench.read(3)
      bench.change { $0.rename("/w/c".bytes, "/w/x".bytes, exchange: true) }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c/b/a".bytes) }
      bench.readAll()
      #expect(bench.drain().filter { $0 != .tree("c/b/a") } == [.renamed("c/b/a"), .modified("c/b/a")])
    }

    /// Whoever looks between two comparisons sees what neither of them does.
    @Test mutating func aNameThatWasGoneForAWhileIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/c/a".bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.grow()
      bench.change { world in
        world.remove("/w/c/a".bytes)
        world.write("/w/c/a".bytes)
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
        world.mkdirs("/w/c".bytes)
        world.write("/w/c/b".bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.grow()
      bench.change { world in
        world.write("/w/c/a".bytes)
        world.remove("/w/c/a".bytes)
      }
      bench.later()
      #expect(bench.drain() == [.names("c")])
    }

    /// Nothing in it tells that it was elsewhere.
    @Test mutating func aDirectoryThatWasAwayForAWhileIsReportedWhole() {
      bench.change { world in
        world.mkdirs("/w/c/d".bytes)
        world.write("/w/c/d/a".bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      #expect(bench.tree.track(["c/d/a"]) == [false])
      bench.grow()
      bench.change { world in
        world.rename("/w/c/d".bytes, "/w/x".bytes)
        world.rename("/w/x".bytes, "/w/c/d".bytes)
      }
      bench.later()
      #expect(tells(bench.drain(), .tree("c/d")))
    }

    /// What stood at its name could not be looked at when it was told that the other half went.
    @Test mutating func aDirectoryThatCameByAnExchangeWhereNobodyCouldLookIsWatched() {
      bench.change { world in
        world.mkdirs("/w/c/d".bytes)
        world.mkdirs("/w/x/e".bytes)
      }
      bench.start()
      bench.change { $0.rename("/w/x".bytes, "/w/c/d".bytes, exchange: true) }
      // All but the last half: `c/d` is told to have gone.
      bench.read(2)
      bench.change { $0.chmod("/w/c".bytes, readable: false, searchable: false) }
      bench.readAll()
      bench.change { $0.chmod("/w/c".bytes, readable: true, searchable: true) }
      bench.readAll()
      bench.later()
      _ = bench.drain()
      bench.change { $0.write("/w/c/d/a".bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .renamed("c/d/a")))
    }

    /// It is reached through a directory that can only be searched, which tells nothing.
    @Test mutating func aWatchedDirectoryThatWasAwayForAWhileIsReportedWhole() {
      bench.change { world in
        world.mkdirs("/o/c/d".bytes)
        world.write("/o/c/d/a".bytes)
        world.chmod("/o/c".bytes, readable: false, searchable: true)
      }
      bench.start()
      #expect(bench.tree.track(["/o/c/d/a"]) == [false])
      _ = bench.drain()
      bench.change { world in
        world.rename("/o/c/d".bytes, "/o/x".bytes)
        world.rename("/o/x".bytes, "/o/c/d".bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .tree("/o/c/d/a")))
    }

    /// It was elsewhere before the directory above it was watched again.
    @Test mutating func whatIsTrackedBelowADirectoryThatIsWatchedAgainIsReported() {
      bench.change { world in
        world.mkdirs("/o/p/c/d".bytes)
        world.write("/o/p/c/d/a".bytes)
      }
      bench.start()
      bench.change { $0.instances[0].limit = $0.instances[0].count }
      #expect(bench.tree.track(["/o/p/c/d/a"]) == [false])
      bench.grow()
      bench.change { world in
        world.rename("/o/p/c".bytes, "/o/x".bytes)
        world.rename("/o/x".bytes, "/o/p/c".bytes)
        world.instances[0].limit = .max
      }
      bench.later()
      #expect(tells(bench.drain(), .tree("/o/p/c/d/a")))
    }

    /// They were looked for where their directory had been.
    @Test mutating func rulesWrittenBeforeTheirDirectoryMovedAreRead() {
      bench.change { $0.mkdirs("/w/c/a".bytes) }
      bench.start()
      bench.change { world in
        world.write("/w/c/.gitignore".bytes, "/a\n".bytes)
        world.rename("/w/c".bytes, "/w/d".bytes)
      }
      let watched = bench.tree.status.watches
      bench.readAll()
      #expect(bench.tree.status.watches == watched - 1)
    }

    /// It was looked at while it was nowhere, and freed; another name got its place.
    @Test mutating func aDirectoryThatIsComparedWhileItMovesIsLetGoOnce() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.mount(ModelWorld.nfs4, on: "/w/c".bytes)
        world.mkdirs("/w/c/b/e".bytes)
      }
      bench.start()
      bench.change { $0.rename("/w/c/b".bytes, "/w/c/d".bytes) }
      // The first half.
      bench.read(1)
      bench.later()
      #expect(bench.tree.track(["/o/b/r"]) == [false])
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/o/b".bytes) }
      bench.readAll()
      #expect(bench.drain() == [.tree("/o/b/r")])
    }

    /// What is in it has watches, and with them go the events that they still have in the queue.
    @Test mutating func theEndOfADirectoryThatHadNoWatchIsReported() {
      bench.change { world in
        world.mkdirs("/o/c/a".bytes)
        world.write("/o/c/a/b".bytes)
        world.chmod("/o/c".bytes, readable: false, searchable: true)
      }
      bench.start()
      #expect(bench.tree.track(["/o/c/a/b"]) == [false])
      _ = bench.drain()
      bench.ask(1)
      bench.change { $0.remove("/o/c".bytes) }
      bench.read(1)
      #expect(bench.drain() == [.tree("/o/c/a/b"), .barrier(1)])
    }

    @Test mutating func rulesThatCameBackWhereTheyAreComparedAreReported() {
      let rules = "b/\n".bytes
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/c/.gitignore".bytes, rules)
        world.instances[0].limit = 3
      }
      bench.start()
      bench.grow()
      bench.change { world in
        world.write("/w/c/.gitignore".bytes)
        world.write("/w/c/.gitignore".bytes, rules)
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
      bench.change { $0.mkdir("/w/c/e/m/b".bytes) }
      bench.readAll()
      #expect(bench.drain() == [.renamed("c/e/m/b"), .tree("c/e/m/b")])
      #expect(bench.tree.status.watches == watched + 1)
    }

    /// What is compared as a step on a way is not listed, until somebody may look at its names.
    @Test mutating func aStepThatIsTrackedItselfIsListedFromThenOn() {
      bench.change { world in
        world.write("/o/a/x".bytes)
        world.instances[0].limit = 0
      }
      bench.start()
      _ = bench.tree.track(["/o/a/b"])
      #expect(bench.tree.track(["/o/a"]) == [false])
      _ = bench.drain()
      bench.change { $0.remove("/o/a/x".bytes) }
      bench.later()
      #expect(tells(bench.drain(), .renamed("/o/a/x")))
    }

    @Test mutating func theTopIsListedWhenALinkLeadsUpToIt() {
      bench.change { world in
        world.symlink("..".bytes, "/o/b".bytes)
        world.instances[0].limit = 0
      }
      bench.start()
      #expect(bench.tree.track(["/o/b"]) == [false])
      _ = bench.drain()
      bench.change { $0.write("/x".bytes) }
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

  extension ModelWorld {
    fileprivate static let nfs4 = 2
    fileprivate static let ext4 = 3
  }

  extension StepBench {
    /// A directory with a mount in it moves from one that is ignored to one that is not; its event is not read yet.
    fileprivate mutating func carryMountIn() {
      change { world in
        world.mkdirs("/w/a/e/m".bytes)
        world.mkdirs("/w/c".bytes)
        world.write("/w/.gitignore".bytes, "/a\n".bytes)
        world.mount(ModelWorld.ext4, on: "/w/a/e/m".bytes)
      }
      start()
      change { $0.rename("/w/a/e".bytes, "/w/c/e".bytes) }
    }
  }
#endif
