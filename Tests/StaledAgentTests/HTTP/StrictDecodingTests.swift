import StaledAPI
import Testing

/// Bodies that are JSON, and those that are not, with the place.
@Suite struct StrictDecodingTests {
  static func fault(_ text: String) -> BodyFault? { fault(Array(text.utf8)) }

  static func fault(_ bytes: [UInt8]) -> BodyFault? {
    do {
      _ = try MarkRequest(strictlyDecoding: bytes)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    "{}", " {\r\n\t} ", #"{"tags":[]}"#, #"{"tags":["\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"],"lease":"x"}"#,
    #"{"lease":null}"#, #"{"l\u0065ase":"x"}"#,
  ]) func taken(_ text: String) { #expect(Self.fault(text) == nil) }

  @Test func escapes() throws {
    let text = #"{"lease":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"}"#
    #expect(try MarkRequest(strictlyDecoding: Array(text.utf8)).lease == "é😀\"\\/\u{8}\u{c}\n\r\t")
  }

  @Test(arguments: [
    ("", "a value is missing at the end", 1, 1), ("{", "a member's name in double quotes is missing", 1, 2),
    ("{}}", "something follows the end of the value", 1, 3), ("{\"a\"}", "a colon is missing after \"a\"", 1, 5),
    ("{\"a\":}", "a value cannot start like this", 1, 6),
    ("{\"a\":1,}", "a member's name in double quotes is missing", 1, 8),
    ("{\"a\":[1,]}", "a value cannot start like this", 1, 9), ("{\"a\":[1}", "a comma or ] is missing", 1, 8),
    ("{\"a\":1 \"b\"", "a comma or } is missing", 1, 8), ("{\"a\":tru}", "a value cannot start like this", 1, 6),
    ("{\"a\":01}", "a comma or } is missing", 1, 7), ("{\"a\":1.}", "a digit is missing", 1, 8),
    ("{\"a\":-}", "a digit is missing", 1, 7), ("{\"a\":1e+}", "a digit is missing", 1, 9),
    ("{\"a\":\"x\ny\"}", "a control character stands in a string", 1, 8), ("{\"a\":\"x", "a string does not end", 1, 6),
    ("{\"a\":\"\\x\"}", "there is no such escape", 1, 8),
    ("{\"a\":\"\\u12g4\"}", "\\u takes four hexadecimal digits", 1, 11),
    ("{\"a\":\"\\ud800\"}", "half a surrogate pair", 1, 13), ("{\"a\":\"\\udc00\"}", "half a surrogate pair", 1, 13),
    ("{\n  \"a\": 1,\n  \"a\": 2}", "the member \"a\" is there twice", 3, 3),
    ("{\"a\":{\"b\":1,\"b\":2}}", "the member \"b\" is there twice", 1, 13),
    ("\u{feff}{}", "a value cannot start like this", 1, 1),
    ("{\"a\":\"\\", "a string does not end", 1, 8),
  ]) func malformed(_ text: String, _ problem: String, _ line: Int, _ column: Int) {
    guard case .malformed(let fault) = Self.fault(text) else {
      Issue.record("\(text) was taken, or meaningless: \(String(describing: Self.fault(text)))")
      return
    }
    #expect([fault.problem, "\(fault.line)", "\(fault.column)"] == [problem, "\(line)", "\(column)"])
  }

  @Test func notUTF8() {
    guard case .malformed(let fault) = Self.fault(Array("{\"a\":\"".utf8) + [0xFF, 0x22, 0x7D]) else {
      Issue.record("it was taken")
      return
    }
    #expect(fault.problem == "a string is not UTF-8")
  }

  @Test func depthIsBounded() {
    let deep = String(repeating: "[", count: 1_000_000)
    guard case .malformed(let fault) = Self.fault("{\"tags\":" + deep) else {
      Issue.record("it was taken")
      return
    }
    #expect(fault.problem == "it is nested more than 64 deep")
  }

  @Test(arguments: [
    ("tgas", "tags"), ("TAGS", "tags"), ("namespace", "namespaces"), ("dependecy", nil), ("x", nil), ("tag", "tags"),
  ]) func suggestions(_ word: String, _ expected: String?) {
    #expect(Suggestion.nearest(to: word, among: ["keys", "tags", "namespaces", "dependencies"]) == expected)
  }
}
