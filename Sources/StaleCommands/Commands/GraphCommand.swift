internal import ArgumentParser
internal import Freshness
internal import Glibc
internal import StaledAPI
internal import StaledClient

/// `stale graph`
struct Graph: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what depends on what.",
    discussion: """
      The whole graph, or the part around ID: an id, a path that starts with ./, ../ or /, or an ENTRY. In text, an entry's \
      dependencies stand below it; what was shown before is not shown again. svg is drawn by Graphviz (dot).

      Examples:
        stale graph build/app
        stale graph --format dot | dot -Tpng > graph.png
        stale graph file:src/util.c --depth 2 --format mermaid
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, dot, mermaid, svg
  }

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "What to show the neighbourhood of.") var id: String?
  @Option(help: "How many steps around ID.") var depth: Int?
  @Option(help: "text, json, dot, mermaid or svg.") var format: Format?

  func validate() throws {
    if let depth, depth < 0 { throw ValidationError("--depth counts steps: it cannot be \(depth)") }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let node = try id.map { try session.naming([$0], namespace: namespace.namespace).node($0).description }
    let reply = try await session.client().graph(around: node, depth: depth)
    if let id, reply.nodes.isEmpty {
      throw Failure(
        "Nothing is known of \(Display.safe(id)).", remedy: "\"stale list\" shows what is known.", status: .no)
    }
    let drawing = GraphDrawing(reply)
    switch format ?? (global.json ? .json : .text) {
    case .json: try session.output.json(reply)
    case .text: try session.output.write(drawing.text(paint: session.paint))
    case .dot: try session.output.write(drawing.dot())
    case .mermaid: try session.output.write(drawing.mermaid())
    case .svg: try Self.svg(drawing.dot(), session)
    }
    return 0
  }

  /// Has Graphviz draw, which writes to our standard output by itself.
  private static func svg(_ dot: String, _ session: Session) throws {
    guard let pipe = Files.pipe() else {
      throw Failure("No pipe could be made.", remedy: "Raise the limit of open files.", status: .refused)
    }
    var wiring = ChildProcess.Wiring()
    wiring.descriptors = [(pipe.read, 0), (session.output.descriptor, 1)]
    let child: ChildProcess
    do {
      defer { close(pipe.read) }
      child = try ChildProcess.start([Array("dot".utf8), Array("-Tsvg".utf8)], wiring)
    } catch {
      close(pipe.write)
      throw Failure(
        "Graphviz is needed to draw svg, and its program dot \(error.status == 127 ? "was not found" : "cannot be run").",
        remedy: "Install it (apt install graphviz), or use --format dot or mermaid.", status: .refused)
    }
    // Were dot to end early, this write would fail, and its status tells why; NIO, which was used before, ignores SIGPIPE.
    _ = Files.write(dot.utf8, to: pipe.write)
    close(pipe.write)
    let end = child.wait()
    if end.status != 0 {
      throw Failure(
        "Graphviz failed with status \(end.status).", remedy: "Try --format dot and look at what it says.",
        status: .refused)
    }
  }
}
