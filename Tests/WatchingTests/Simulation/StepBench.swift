#if DEBUG
  import Paths
  import Synchronization

  @testable import Watching

  /// A watcher's tree on a model, driven step by step.
  struct StepBench {
    private let world: ModelKernel.Shared
    private let desk: BarrierDesk<ModelKernel>
    var tree: WatchTree<ModelKernel>

    init(without safeguard: WatchSafeguard?) {
      world = ModelKernel.Shared(ModelWorld(seed: 1))
      let kernel = ModelKernel(world)
      desk = BarrierDesk(kernel: kernel, stateDirectory: "/state", token: 1)
      let configuration = WatchConfiguration(workspace: History.workspace, roots: [.root], stateDirectory: "/state")
      tree = WatchTree(configuration, kernel: kernel, desk: desk)
      tree.without = safeguard
    }

    func change(_ deed: @Sendable (inout ModelWorld) -> Void) { world.world.withLock { deed(&$0) } }

    mutating func start() {
      desk.open()
      tree.start()
      _ = drain()
    }

    func ask(_ barrier: UInt64) { _ = desk.ask(barrier) }

    mutating func read(_ count: Int) { tree.take(world.read(count)) }

    mutating func readAll() { while world.hasEvents { read(.max) } }

    /// Time for another round of comparing.
    mutating func later() {
      world.advance(3_000_000_000)
      tree.tick()
    }

    mutating func drain() -> [WatchEvent] { tree.drain() }

    /// Compares until what was young is old, and forgets what that tells.
    mutating func grow() {
      later()
      later()
      _ = drain()
    }

    /// Tracks `x`, which `/o/x` is another name of, with no watch left for it.
    mutating func trackBeyondLimit() {
      change { world in
        world.write("/w/x".bytes)
        world.link("/w/x".bytes, "/o/x".bytes)
      }
      start()
      change { $0.instances[0].limit = $0.instances[0].count }
      _ = tree.track(["x"])
      _ = drain()
    }
  }

  extension String {
    var bytes: [UInt8] { Array(utf8) }
  }
#endif
