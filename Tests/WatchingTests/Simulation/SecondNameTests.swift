#if DEBUG
  import Paths
  import Testing

  @testable import Watching

  /// Faults that drawn histories, or people, have found in how a second name of a tracked file is noticed.
  @Suite struct WatchSecondNameTests {
    private var bench = StepBench(without: nil)

    private func tells(_ events: [WatchEvent], _ wanted: WatchEvent) -> Bool { events.contains(wanted) }

    /// A file that is tracked, and a directory beside it.
    private mutating func begin() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/x".bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
    }

    @Test mutating func aSecondNameThatIsTrackedItselfIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/x".bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x", "c"]) == [true, true])
      // The end of the directory is read first, and the link already found then.
      bench.change { world in
        world.remove("/w/c".bytes)
        world.link("/w/x".bytes, "/w/c".bytes)
      }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c".bytes) }
      bench.readAll()
      #expect(Set(bench.drain()) == [.modified("x"), .modified("c")])
    }

    /// Its name cannot be looked at, but it is written by it.
    @Test mutating func aSecondNameInADirectoryThatCannotBeSearchedIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c/d".bytes)
        world.write("/w/x".bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.change { $0.chmod("/w/c".bytes, readable: false, searchable: false) }
      bench.readAll()
      _ = bench.drain()
      bench.change { world in
        world.link("/w/x".bytes, "/w/c/d/a".bytes)
        world.write("/w/c/d/a".bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// It has a watch of its own when the event of its second name is read: it was looked at for something else.
    @Test mutating func whatWasWrittenByASecondNameBeforeItWasNoticedIsReported() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/x".bytes)
      }
      bench.start()
      #expect(bench.tree.track(["x", "l"]) == [true, true])
      bench.change { world in
        world.symlink("x".bytes, "/w/l".bytes)
        world.link("/w/x".bytes, "/w/c/a".bytes)
        world.write("/w/c/a".bytes)
      }
      // Of the symbolic link.
      bench.read(1)
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// The name that was found last has gone; the other one stands for the file as before.
    @Test mutating func aThirdNameIsNoticedWhenTheSecondHasGone() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/x".bytes)
        world.link("/w/x".bytes, "/w/c/a".bytes)
      }
      bench.start()
      _ = bench.tree.track(["x", "c/a"])
      bench.change { $0.remove("/w/c/a".bytes) }
      bench.readAll()
      bench.change { world in
        world.link("/w/x".bytes, "/w/c/b".bytes)
        world.write("/w/c/b".bytes)
      }
      _ = bench.drain()
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// Its names have no events: they came before the watch.
    @Test mutating func aSecondNameInADirectoryThatIsNewIsNoticed() {
      bench.change { $0.write("/w/x".bytes) }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.change { world in
        world.mkdirs("/w/c/d".bytes)
        world.linkAnywhere("/w/x".bytes, "/w/c/d/a".bytes)
        world.write("/w/c/d/a".bytes)
      }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
      bench.change { $0.write("/w/c/d/a".bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// The listing is as it was.
    @Test mutating func aSecondNameThatReplacesAnotherWhereNothingIsWatchedIsNoticed() {
      bench.change { world in
        world.mkdirs("/w/c".bytes)
        world.write("/w/c/a".bytes)
        world.write("/w/x".bytes)
        world.instances[0].limit = 3
      }
      bench.start()
      #expect(bench.tree.track(["x"]) == [true])
      bench.grow()
      bench.change { world in
        world.instances[0].limit = 4
        world.remove("/w/c/a".bytes)
        world.linkAnywhere("/w/x".bytes, "/w/c/a".bytes)
        world.write("/w/c/a".bytes)
      }
      bench.ask(1)
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }

    /// The directory is ignored before the event of the name is read.
    @Test mutating func aSecondNameInADirectoryThatIsIgnoredSinceIsNoticed() {
      begin()
      bench.change { world in
        world.write("/w/.gitignore".bytes)
        world.link("/w/x".bytes, "/w/c/a".bytes)
        world.write("/w/.gitignore".bytes, "c\n".bytes)
      }
      bench.readAll()
      _ = bench.drain()
      bench.change { $0.write("/w/c/a".bytes) }
      bench.readAll()
      #expect(tells(bench.drain(), .modified("x")))
    }
  }
#endif
