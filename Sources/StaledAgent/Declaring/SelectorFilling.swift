internal import Freshness
internal import Manifest

/// Why a selector of the manifest names nothing that can be, once its parameters are filled in.
struct UnfitParameters: Error {
  let problem: String
}

extension Selector {
  /// The call that it stands for with its parameters filled in. `cause` is what the log names.
  func invalidation(
    filling values: [String: String] = [:], cause: String, in context: NamingContext
  ) throws(UnfitParameters) -> Invalidation {
    let values = values.mapValues { Array($0.utf8) }
    func fill(_ template: Template) -> String { String(decoding: template.bytes(values), as: UTF8.self) }
    var call = Invalidation()
    do throws(IDError) {
      for text in keys.map(fill) {
        let full = text.utf8.starts(with: "entry:".utf8) ? String(Substring(text.utf8.dropFirst(6))) : text
        call.keys.append(
          try full.utf8.contains(UInt8(ascii: "/"))
            ? EntryName(full) : EntryName(namespace: context.namespace, key: full))
      }
      for text in namespaces.map(fill) { call.namespaces.append(try Self.namespace(text)) }
      // An id has escapes: what is filled in must not be read as one.
      for resource in resources { call.resources.append(try ResourceID(parsing: resource.text(values), in: context)) }
      if !within.isEmpty {
        call.within = []
        for text in within.map(fill) { call.within?.append(try Self.namespace(text)) }
      }
    } catch { throw UnfitParameters(problem: "\(error)") }
    for text in tags.map(fill) {
      if let problem = TagRule.problem(text) { throw UnfitParameters(problem: "\"\(text)\": \(problem)") }
      call.tags.append(text)
    }
    (call.all, call.soft, call.cascade, call.cause) = (all, soft, cascade, cause)
    return call
  }

  private static func namespace(_ text: String) throws(IDError) -> String {
    try EntryName(namespace: text, key: "any").namespace
  }
}
