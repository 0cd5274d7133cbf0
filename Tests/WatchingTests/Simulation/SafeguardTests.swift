#if DEBUG
  import Paths
  import Testing

  @testable import Watching

  /// What goes wrong without a safeguard whose history is rare, in the fewest steps that show it.
  @Suite struct WatchSafeguardTests {
    @Test(arguments: StepList.all) func endsOtherwiseWithout(_ list: StepList) {
      #expect(list.play(without: nil) == list.told)
      #expect(list.play(without: list.safeguard) == list.toldWithout)
    }
  }

  /// A history on the model that is written down instead of drawn, and what is told at its end.
  struct StepList: Sendable, CustomTestStringConvertible {
    let safeguard: WatchSafeguard
    /// What happens in it.
    let story: String
    let told: [WatchEvent]
    var toldWithout: [WatchEvent] = []
    private let steps: @Sendable (inout StepBench) -> Void

    var testDescription: String { "\(safeguard): \(story)" }

    /// What is told by the last step.
    func play(without safeguard: WatchSafeguard?) -> [WatchEvent] {
      var bench = StepBench(without: safeguard)
      steps(&bench)
      return bench.drain()
    }

    static let all: [StepList] = [
      StepList(
        safeguard: .movedRules, story: "a directory moves out of the place where a rule ignores what lies deep in it",
        told: [.renamed("x/a/b/c"), .modified("x/a/b/c")]
      ) { bench in
        bench.change { world in
          world.mkdirs("/w/c/a/b".bytes)
          world.write("/w/.gitignore".bytes, "/c/a/b\n".bytes)
        }
        bench.start()
        bench.change { $0.rename("/w/c".bytes, "/w/x".bytes) }
        bench.readAll()
        _ = bench.drain()
        bench.change { $0.write("/w/x/a/b/c".bytes) }
        bench.readAll()
      },
      StepList(
        safeguard: .movedTouched, story: "a directory is made in one that is between its old and its new name",
        told: [.renamed("c/x/b"), .modified("c/x/b")]
      ) { bench in
        bench.start()
        bench.change { world in
          world.betweenHalves = { $0.mkdir("/w/c/x".bytes) }
          world.rename("/w/a".bytes, "/w/c".bytes)
        }
        bench.readAll()
        _ = bench.drain()
        bench.change { $0.write("/w/c/x/b".bytes) }
        bench.readAll()
      },
      StepList(
        safeguard: .oldEventsReplaced, story: "a file is replaced before a barrier looks, and its own watch told of it",
        told: [.modified("/o/c/a"), .barrier(1)], toldWithout: [.barrier(1)]
      ) { bench in
        // May be searched but not read: only the file's own watch tells.
        bench.change { $0.prepareUnreadable() }
        bench.start()
        _ = bench.tree.track(["/o/c/a"])
        _ = bench.drain()
        bench.ask(1)
        bench.change { $0.rename("/o/c/b".bytes, "/o/c/a".bytes) }
        bench.readAll()
      },
      StepList(
        safeguard: .oldEventsReplaced, story: "a file is written, and its directory replaced before a barrier looks",
        told: [.tree("/o/c/a"), .modified("/o/c/a"), .barrier(1)], toldWithout: [.barrier(1)]
      ) { bench in
        bench.change { $0.prepareUnreadable() }
        bench.start()
        _ = bench.tree.track(["/o/c/a"])
        _ = bench.drain()
        bench.ask(1)
        bench.change { world in
          world.write("/o/c/a".bytes)
          world.rename("/o/c".bytes, "/o/r".bytes)
          world.write("/o/c".bytes)
        }
        // No more than the barrier: what tells of the directory comes later.
        bench.read(2)
      },
      StepList(
        safeguard: .oldEventsReplaced, story: "a link goes, and what happened where it led to is still in the queue",
        told: [.tree("b"), .barrier(1)], toldWithout: [.barrier(1)]
      ) { bench in
        bench.change { $0.symlink("/o/a".bytes, "/w/b".bytes) }
        bench.start()
        _ = bench.tree.track(["b"])
        _ = bench.drain()
        bench.change { $0.write("/o/a/x".bytes) }
        bench.ask(1)
        bench.change { $0.remove("/w/b".bytes) }
        // Finds it gone before that is read.
        _ = bench.tree.track(["b/a"])
        bench.read(2)
      },
      StepList(
        safeguard: .lookAfterWatch, story: "a directory moves between its look and its watch, and nothing above tells",
        told: [.tree("/o/c/d")]
      ) { bench in
        bench.change { $0.prepareUnreadable() }
        bench.start()
        // What lies above is watched as far as it can be.
        _ = bench.tree.track(["/o/c/x"])
        _ = bench.drain()
        bench.change { world in
          world.interruption = ("watch(_:mask:)", { $0.rename("/o/c/d".bytes, "/o/x".bytes) })
        }
        _ = bench.tree.track(["/o/c/d"])
      },
      StepList(
        safeguard: .lookAfterWatch, story: "a file is written by its other name before the watch that it gets at last",
        told: [.modified("x"), .barrier(1)], toldWithout: [.barrier(1)]
      ) { bench in
        bench.trackBeyondLimit()
        bench.later()
        _ = bench.drain()
        bench.later()
        bench.change { world in
          world.instances[0].limit = .max
          world.interruption = ("watchFile(_:mask:)", { $0.write("/o/x".bytes) })
        }
        bench.later()
        bench.ask(1)
        bench.readAll()
      },
      StepList(
        safeguard: .racyLook, story: "a file that is compared is written by its other name, and its stamps stay",
        told: [.modified("x")]
      ) { bench in
        bench.trackBeyondLimit()
        bench.change { $0.write("/o/x".bytes) }
        bench.later()
        bench.later()
      },
      StepList(
        safeguard: .selfEvents, story: "a file moves out of a directory that cannot be read, and nobody asks",
        told: [.tree("/o/c/a"), .modified("/o/c/a"), .tree("/o/c/a")]
      ) { bench in
        bench.change { $0.prepareUnreadable() }
        bench.start()
        _ = bench.tree.track(["/o/c/a"])
        _ = bench.drain()
        bench.change { $0.rename("/o/c/a".bytes, "/o/x".bytes) }
        bench.readAll()
        bench.later()
      },
    ]
  }

  extension ModelWorld {
    /// Two directories that may be searched but not read, with a directory and two files in the first.
    fileprivate mutating func prepareUnreadable() {
      for path in ["/o/c/d", "/o/q"] { mkdirs(path.bytes) }
      for path in ["/o/c/a", "/o/c/b"] { write(path.bytes) }
      for path in ["/o/c", "/o/q"] { chmod(path.bytes, readable: false, searchable: true) }
    }
  }
#endif
