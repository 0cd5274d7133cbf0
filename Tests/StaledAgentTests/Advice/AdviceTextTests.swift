import StaledAPI
import Testing

@testable import StaledAgent

/// What advice says can be typed as it stands.
@Suite struct AdviceTextTests {
  @Test(arguments: [
    ("build/app", "build/app"), ("file:src/a-b_1.c", "file:src/a-b_1.c"), ("", "''"), ("a b", "'a b'"),
    ("it's", #"'it'\''s'"#),
    ("$(rm)", "'$(rm)'"), ("café", "'café'"), ("a\nb", "'a\nb'"), ("~", "'~'"), ("'", #"''\'''"#),
  ]) func wordsOfACommandLine(word: String, quoted: String) { #expect(AdviceText.shell(word) == quoted) }

  @Test(arguments: [
    ("tool", "namespaces.tool.ttl"), ("user_1-a", "namespaces.user_1-a.ttl"), ("a.b", #"namespaces."a.b".ttl"#),
    ("", #"namespaces."".ttl"#), ("a\"\\b", #"namespaces."a\"\\b".ttl"#), ("a\u{1}", #"namespaces."a\u0001".ttl"#),
    ("café", #"namespaces."café".ttl"#),
  ]) func membersOfTheManifest(name: String, member: String) {
    #expect(AdviceText.member("namespaces", name, "ttl") == member)
  }

  @Test(arguments: [
    (0.25, "250ms"), (5400, "1h30m"), (1e30, "never"), (.infinity, "never"), (.nan, "never"),
  ]) func durationsAsTheManifestReadsThem(seconds: Double, text: String) {
    #expect(AdviceText.duration(seconds: seconds) == text)
  }

  @Test(arguments: [
    (59.9, "59s"), (3599, "59m59s"), (3661, "1h1m"), (90_061, "1d1h"), (-1, "0s"), (.infinity, "never"), (.nan, "0s"),
  ]) func spansAreNoMorePreciseThanMatters(seconds: Double, text: String) {
    #expect(AdviceText.span(seconds: seconds) == text)
  }

  @Test func aLongLineIsCut() {
    #expect(AdviceText.excerpt(String(repeating: "a", count: 120)) == String(repeating: "a", count: 120))
    #expect(AdviceText.excerpt(String(repeating: "a", count: 121)) == String(repeating: "a", count: 119) + "…")
    #expect(AdviceText.excerpt("a\tb\r\u{7}") == "ab")
  }

  @Test(arguments: [
    (8, 10, 0.8, true), (7, 10, 0.8, false), (0, 0, 0.0, false), (3, 10, 0.3, true), (29, 100, 0.29, true),
    (1, -1, 0.1, false),
  ]) func sharesAreExact(part: Int, whole: Int, share: Double, isReached: Bool) {
    #expect(AdviceText.isShare(part, of: whole, atLeast: share) == isReached)
  }

  @Test func aBoundIsDoubledWithinWhatANumberHolds() {
    var figures = Figures(uptime: .infinity)
    figures.bounds = [
      Figures.Bound(level: .disk, evictionsPerHour: 100, maxEntries: 0, maxBytes: .max - 1)
    ]
    #expect(
      Advisor.advise(figures).map(\.remedy) == [
        "set disk.maxEntries to 1 and disk.maxBytes to \(Int.max), twice as much, in staled.json"
      ])
  }
}
