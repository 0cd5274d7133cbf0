import Testing

@testable import StaleCommands

@Suite struct TextWidthTests {
  @Test(
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("a🙂b", 4), ("\u{1B}[31mred\u{1B}[0m", 3),
      ("a\u{200B}b", 2), ("…", 1),
    ] as [(String, Int)])
  func widths(_ text: String, _ expected: Int) { #expect(Display.width(text) == expected) }

  @Test(
    arguments: [
      ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…"), ("abcd", 0, ""), ("漢字漢", 4, "漢…"), ("漢字", 4, "漢字"),
      ("\u{1B}[31mstale\u{1B}[0m", 5, "\u{1B}[31mstale\u{1B}[0m"),
      ("\u{1B}[31mstale\u{1B}[0m", 3, "\u{1B}[31mst…\u{1B}[0m"), ("ab\u{1B}[2", 1, "…"),
    ] as [(String, Int, String)])
  func cutToColumns(_ text: String, _ columns: Int, _ expected: String) {
    #expect(Display.cut(text, to: columns) == expected)
  }

  @Test func tablesHaveNamesAtTheLeftAndFiguresAtTheRight() {
    #expect(
      Display.table([["name", "a", "bcd"], ["漢", "10", "1"], ["longer than that", "1", "2"]], widest: 6) == [
        "name     a  bcd", "漢      10    1", "longer than that   1    2",
      ])
  }

  @Test(
    arguments: [
      (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3481, "3.4 KiB"), (12_345, "12 KiB"), (1 << 20, "1.0 MiB"),
      ((1 << 20) - 1, "1.0 MiB"), (5 << 30, "5.0 GiB"), (.max, "8.0 EiB"),
    ] as [(Int, String)])
  func bytes(_ bytes: Int, _ expected: String) { #expect(Display.bytes(bytes) == expected) }

  @Test(
    arguments: [
      (0, "0"), (0.04, "0.0"), (2.52, "2.5"), (99.9, "99.9"), (99.96, "100"), (1234.4, "1234"), (.infinity, "–"),
      (.nan, "–"),
    ] as [(Double, String)])
  func rates(_ rate: Double, _ expected: String) { #expect(Display.rate(rate) == expected) }

  @Test(
    arguments: [
      (0, "0 s"), (59.9, "59 s"), (61.5, "1 min 1 s"), (7260, "2 h 1 min"), (90_000, "1 d 1 h"), (-1, "0 s"),
      (.infinity, "–"),
    ] as [(Double, String)])
  func spans(_ seconds: Double, _ expected: String) { #expect(Display.span(seconds: seconds) == expected) }
}
