internal import Freshness
internal import HTTPTypes
internal import Paths
internal import StaledAPI

/// A request that has been matched, checked and read.
struct Exchange: Sendable {
  /// The entry in the path, of routes that name one.
  let entry: EntryName?
  /// The last part of the path, of routes that name something else.
  let word: String
  let query: QueryParameters
  let headers: HTTPFields
  let body: [UInt8]
  /// Of routes that take a value: it is still on its way.
  let value: ValueStream

  /// The entry in the path.
  func name() throws(Problem) -> EntryName {
    guard let entry else { throw .meaningless("this route names an entry") }
    return entry
  }

  /// Whether any value of `Accept` names this media type outright.
  func accepts(_ type: String) -> Bool {
    headers[values: .accept].flatMap { $0.split(separator: ",") }.contains { range in
      range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased() == type
    }
  }

  /// The body as JSON.
  func decode<Body: RequestBody>(_: Body.Type) throws(Problem) -> Body {
    do { return try Body(strictlyDecoding: body) } catch {
      switch error {
      case .malformed: throw .malformed(error.description)
      case .meaningless: throw .meaningless(error.description)
      }
    }
  }
}

/// A method on a path, and what answers it.
struct Route: Sendable {
  typealias Handler = @Sendable (Exchange) async throws(Problem) -> Reply

  /// What stands for paths, before they are decoded.
  enum Pattern: Hashable, Sendable {
    case exact(String)
    /// The prefix and a name without `/`.
    case named(String)
    /// The prefix, a namespace, `/` and a key, which may hold more of them.
    case entry(String)
    /// The same with a last part that is no part of the key.
    case action(String, String)

    /// The part of `path` that names an entry (empty where none is named), or nil if this is another path.
    func match(_ path: Substring) -> Substring? {
      switch self {
      case .exact(let whole): return path.utf8.elementsEqual(whole.utf8) ? "" : nil
      case .named(let prefix):
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let name = path[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)...]
        return name.isEmpty || name.utf8.contains(.slash) ? nil : name
      case .entry(let prefix):
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let name = path[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)...]
        return name.utf8.contains(.slash) ? name : nil
      case .action(let prefix, let action):
        let end = Array("/\(action)".utf8)
        guard path.utf8.suffix(end.count).elementsEqual(end) else { return nil }
        return Pattern.entry(prefix).match(path[..<path.utf8.index(path.endIndex, offsetBy: -end.count)])
      }
    }
  }

  /// What kind of body is read.
  enum Body: Hashable, Sendable {
    case none, json, value
  }

  let method: HTTPRequest.Method
  let pattern: Pattern
  let body: Body
  let parameters: [Parameter]
  /// Whether its reply never ends, so that there is nothing to say about its length.
  let streams: Bool
  let handler: Handler

  init(
    _ method: HTTPRequest.Method, _ pattern: Pattern, body: Body = .none, parameters: [Parameter] = [],
    streams: Bool = false, handler: @escaping Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.body = body
    self.parameters = parameters
    self.streams = streams
    self.handler = handler
  }

  /// Whether it answers `method`: `HEAD` is `GET` without the body.
  func answers(_ method: HTTPRequest.Method) -> Bool {
    self.method == method || (method == .head && self.method == .get && !streams)
  }

  /// The values of `Allow` that it stands for.
  var allowed: [String] { method == .get && !streams ? ["GET", "HEAD"] : [method.rawValue] }
}
