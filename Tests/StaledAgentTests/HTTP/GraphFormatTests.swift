import StaledAPI
import Testing

@testable import StaledAgent

/// The graph for other programs, byte by byte.
@Suite struct GraphFormatTests {
  static let graph = GraphReply(
    nodes: [
      .init(id: "entry:b/app", state: "stale", declared: true),
      .init(id: "entry:b/a\"\\\n<o>#", state: "fresh", declared: nil),
      .init(id: "file:a.c", state: nil, declared: nil),
    ],
    edges: [
      .init(from: "entry:b/app", to: "entry:b/a\"\\\n<o>#", output: nil),
      .init(from: "entry:b/app", to: "file:app", output: true),
      .init(from: "entry:b/a\"\\\n<o>#", to: "file:a.c", output: false),
    ])

  @Test func dot() {
    #expect(
      GraphFormats.dot(Self.graph) == #"""
        digraph staled {
          rankdir=LR;
          node [fontname="monospace"];
          "entry:b/app" [shape=box, style=filled, fillcolor="#f7b2a7", tooltip="stale"];
          "entry:b/a\"\\%0A<o>#" [shape=box, style=filled, fillcolor="#b7e4c7", tooltip="fresh"];
          "file:a.c" [shape=plaintext];
          "entry:b/app" -> "entry:b/a\"\\%0A<o>#";
          "entry:b/app" -> "file:app" [style=dashed];
          "entry:b/a\"\\%0A<o>#" -> "file:a.c";
        }

        """#)
  }

  @Test func mermaid() {
    #expect(
      GraphFormats.mermaid(Self.graph) == #"""
        flowchart LR
          n0["entry:b/app"]:::stale
          n1["entry:b/a#quot;\%0A#lt;o#gt;#35;"]:::fresh
          n2["file:a.c"]
          n0 --> n1
          n1 --> n2
          classDef fresh fill:#b7e4c7,color:#000000
          classDef stale fill:#f7b2a7,color:#000000

        """#)
  }

  @Test func text() {
    #expect(
      GraphFormats.text(Self.graph) == #"""
        entry:b/app  stale
            entry:b/a"\%0A<o>#  fresh
          > file:app
        entry:b/a"\%0A<o>#  fresh
            file:a.c

        """#)
  }

  @Test(arguments: [
    (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
  ]) func dates(_ seconds: Int, _ text: String) {
    #expect(HTTPDate.text(unixTime: seconds) == text)
  }
}
