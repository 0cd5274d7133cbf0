import FakeAgent
import Glibc
import Paths

@testable import StaleCommands

/// How a run of the tool ended, and what it printed.
struct Ended: Equatable {
  var status: Int32
  var output: String
  var errors: String

  init(_ status: Int32, _ output: String = "", _ errors: String = "") {
    (self.status, self.output, self.errors) = (status, output, errors)
  }
}

extension Scratch {
  /// Runs `stale` with `arguments` in the folder, or in one below it.
  func stale(_ arguments: String..., in folder: String = "", input: String = "") async throws -> Ended {
    try await stale(arguments, in: folder, input: input)
  }

  func stale(_ arguments: [String], in folder: String = "", input: String = "") async throws -> Ended {
    try write(input, to: "streams/in")
    try write("", to: "streams/out")
    try write("", to: "streams/err")
    let streams = ["in", "out", "err"].map { open(self("streams/\($0)"), O_RDWR | O_APPEND | O_CLOEXEC) }
    defer { for stream in streams { close(stream) } }
    let environment = ToolEnvironment(
      currentDirectory: Path(folder.isEmpty ? path : self(folder)), stateDirectory: nil, noColor: false,
      input: streams[0], output: Output(descriptor: streams[1]), errors: Output(descriptor: streams[2]))
    let status = await StaleTool.run(arguments, in: environment)
    return Ended(status, read("streams/out") ?? "", read("streams/err") ?? "")
  }

  /// A workspace with an agent that answers by `METHOD /path`, the query left out.
  static func withAgent<Result>(
    _ answers: [String: FakeAgent.Answer], files: [String: String] = [:],
    _ body: (Scratch, FakeAgent) async throws -> Result
  ) async throws -> Result {
    try await with(["staled.json": #"{"version":1}"#, ".staled/.gitignore": "*\n"].merging(files) { $1 }) {
      (scratch) async throws in
      try await FakeAgent.listening(on: scratch(".staled/agent.sock")) { request in
        answers["\(request.method) \(request.target.prefix { $0 != "?" })"] ?? .problem(404, "there is no such entry")
      } _: { agent in
        try await body(scratch, agent)
      }
    }
  }
}

/// Replies as the agent makes them.
enum Canned {
  static func entry(_ key: String, _ state: String, cause: String? = nil) -> String {
    let cause = cause.map { #""cause":{"cause":"\#($0)","via":"\#($0)","depth":1},"# } ?? ""
    return #"{"namespace":"n","key":"\#(key)","state":"\#(state)",\#(cause)"tags":[],"hits":0,"declared":true}"#
  }

  static func check(_ entries: String...) -> FakeAgent.Answer {
    .reply(200, #"{"entries":[\#(entries.joined(separator: ","))]}"#)
  }

  static func turn(_ lease: String = "L1") -> FakeAgent.Answer {
    .reply(
      200,
      #"{"turn":"waiting","state":"stale"}"# + "\n" + #"{"turn":"yours","state":"stale","lease":"\#(lease)"}"# + "\n")
  }

  static let lease = FakeAgent.Answer.reply(200, #"{"lease":"L1","clock":"5"}"#)

  static func made(unknown: String = "") -> FakeAgent.Answer {
    .reply(
      200,
      #"{"namespace":"n","key":"k","state":"fresh","digest":"sha256:00","created":true,"unknown":[\#(unknown)]}"#)
  }

  static func reached(matched: Int, _ entries: String = "") -> FakeAgent.Answer {
    .reply(
      200, #"{"seq":9,"invalidated":\#(matched),"matched":\#(matched),"entries":[\#(entries)],"truncated":false}"#)
  }
}
