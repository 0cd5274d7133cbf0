import StaledAPI
import Testing

@testable import StaleCommands

@Suite struct DrawingTests {
  let graph = GraphReply(
    nodes: [
      .init(id: "entry:b/app", state: "suspect", declared: true),
      .init(id: "entry:b/o", state: "stale", declared: true),
      .init(id: "entry:b/t", state: "fresh", declared: false), .init(id: "file:a \"q\".c", state: nil, declared: nil),
      .init(id: "file:app", state: nil, declared: nil),
    ],
    edges: [
      .init(from: "entry:b/app", to: "entry:b/o", output: nil),
      .init(from: "entry:b/app", to: "file:app", output: true),
      .init(from: "entry:b/o", to: "file:a \"q\".c", output: nil),
      .init(from: "entry:b/t", to: "entry:b/o", output: nil),
    ])

  @Test func text() {
    #expect(
      GraphDrawing(graph).text(paint: Paint(isOn: false)) == """
        b/app  suspect
        ├─ b/o  stale
        │  └─ a "q".c
        └─ writes app
        b/t  fresh
        └─ b/o  stale  (see above)

        """)
  }

  @Test func circlesAreDrawnOnce() {
    let circle = GraphReply(
      nodes: [],
      edges: [
        .init(from: "entry:b/x", to: "entry:b/y", output: nil), .init(from: "entry:b/y", to: "entry:b/x", output: nil),
      ])
    #expect(
      GraphDrawing(circle).text(paint: Paint(isOn: false)) == """
        b/x
        └─ b/y
           └─ b/x  (see above)

        """)
  }

  @Test func dot() {
    #expect(
      GraphDrawing(graph).dot() == """
        digraph stale {
          rankdir=LR;
          node [fontname="sans-serif"];
          n0 [label="b/app", shape=box, color="#f9a825", tooltip="suspect"];
          n1 [label="b/o", shape=box, color="#c62828", tooltip="stale"];
          n2 [label="b/t", shape=box, color="#2e7d32", tooltip="fresh"];
          n3 [label="a \\"q\\".c", shape=plaintext];
          n4 [label="app", shape=plaintext];
          n0 -> n1;
          n0 -> n4 [style=dashed, dir=back];
          n1 -> n3;
          n2 -> n1;
        }

        """)
  }

  @Test func mermaid() {
    #expect(
      GraphDrawing(graph).mermaid() == """
        flowchart LR
          n0["b/app"]:::suspect
          n1["b/o"]:::stale
          n2["b/t"]:::fresh
          n3("a #quot;q#quot;.c")
          n4("app")
          n0 --> n1
          n0 -. writes .-> n4
          n1 --> n3
          n2 --> n1
          classDef fresh stroke:#2e7d32
          classDef stale stroke:#c62828
          classDef suspect stroke:#f9a825

        """)
  }

  @Test func deepTreesStayNarrow() {
    let rows = (1...100_000).map { Tree.Row($0, "n\($0)") }
    let lines = Tree.lines(rows)
    #expect(lines[1] == "   └─ n2")
    #expect(lines[23] == String(repeating: "   ", count: 23) + "├─ n24")
    #expect(lines[99_999] == String(repeating: "   ", count: 23) + "└─ n100000  (depth 100000)")
  }

  @Test(arguments: [(0, "0.0 ms"), (812, "0.8 ms"), (9_999, "10.0 ms"), (12_345, "12 ms"), (1_250_000, "1.3 s")])
  func durations(_ micros: Int, _ expected: String) { #expect(Display.duration(micros: micros) == expected) }

  @Test func columns() {
    let entries = [
      Entry(
        namespace: "b", key: "a", state: "fresh", since: nil, cause: nil, dependencies: nil, outputs: nil, tags: [],
        digest: nil, size: nil, hits: 0, declared: true),
      Entry(
        namespace: "b", key: "longer", state: "stale", since: nil,
        cause: Cause(cause: "file:x.c", via: "file:x.c", depth: 1, from: nil, to: nil, time: nil), dependencies: nil,
        outputs: nil, tags: [], digest: nil, size: nil, hits: 0, declared: true),
    ]
    #expect(
      List.columns(entries, paint: Paint(isOn: false)) == """
        b/a       fresh
        b/longer  stale    x.c

        """)
  }
}
