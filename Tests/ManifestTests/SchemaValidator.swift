import Foundation

/// As much of JSON Schema (2020-12) as the manifest's schema uses; a keyword that it does not know fails, so that the
/// schema cannot come to rest on one that nobody tests.
struct SchemaValidator {
  struct UnknownKeyword: Error { var name: String }

  let root: [String: Any]

  init(_ text: String) throws {
    root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  func accepts(_ text: String) throws -> Bool {
    try accepts(JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed), root)
  }

  private func accepts(_ value: Any, _ schema: Any) throws -> Bool {
    guard let schema = schema as? [String: Any] else { return schema as? Bool ?? false }
    for (keyword, rule) in schema where try !satisfies(value, keyword, rule, schema) { return false }
    return true
  }

  private func satisfies(_ value: Any, _ keyword: String, _ rule: Any, _ schema: [String: Any]) throws -> Bool {
    let text = value as? String
    let array = value as? [Any]
    let object = value as? [String: Any]
    let number = text == nil && !isBool(value) ? (value as? NSNumber)?.doubleValue : nil
    let rules = rule as? [Any] ?? []
    switch keyword {
    case "$schema", "$defs", "title", "description", "then": return true
    case "$ref":
      let name = (rule as? String ?? "").replacingOccurrences(of: "#/$defs/", with: "")
      guard let target = (root["$defs"] as? [String: Any])?[name] else { throw UnknownKeyword(name: name) }
      return try accepts(value, target)
    case "type":
      switch rule as? String {
      case "object": return object != nil
      case "array": return array != nil
      case "string": return text != nil
      case "boolean": return isBool(value)
      case "number": return number != nil
      case "integer": return number.map { $0 == $0.rounded() } ?? false
      default: throw UnknownKeyword(name: "type")
      }
    case "const": return equal(value, rule)
    case "enum": return rules.contains { equal(value, $0) }
    case "required": return object.map { object in rules.allSatisfy { object[$0 as? String ?? ""] != nil } } ?? true
    case "properties":
      let known = rule as? [String: Any] ?? [:]
      return try (object ?? [:]).allSatisfy { name, value in try known[name].map { try accepts(value, $0) } ?? true }
    case "additionalProperties":
      let known = schema["properties"] as? [String: Any] ?? [:]
      return try (object ?? [:]).allSatisfy { name, value in try known[name] != nil || accepts(value, rule) }
    case "propertyNames": return try (object ?? [:]).keys.allSatisfy { try accepts($0, rule) }
    case "items":
      let prefix = (schema["prefixItems"] as? [Any])?.count ?? 0
      return try (array ?? []).dropFirst(prefix).allSatisfy { try accepts($0, rule) }
    case "prefixItems": return try zip(array ?? [], rules).allSatisfy { try accepts($0, $1) }
    case "minItems": return array.map { $0.count >= rule as? Int ?? 0 } ?? true
    case "minLength": return text.map { $0.unicodeScalars.count >= rule as? Int ?? 0 } ?? true
    case "maxLength": return text.map { $0.unicodeScalars.count <= rule as? Int ?? 0 } ?? true
    case "pattern": return try text.map { try $0.contains(Regex(rule as? String ?? "")) } ?? true
    case "minimum": return number.map { $0 >= (rule as? NSNumber)?.doubleValue ?? 0 } ?? true
    case "maximum": return number.map { $0 <= (rule as? NSNumber)?.doubleValue ?? 0 } ?? true
    case "allOf": return try rules.allSatisfy { try accepts(value, $0) }
    case "anyOf": return try rules.contains { try accepts(value, $0) }
    case "oneOf": return try rules.filter { try accepts(value, $0) }.count == 1
    case "not": return try !accepts(value, rule)
    case "if": return try !accepts(value, rule) || accepts(value, schema["then"] ?? true)
    default: throw UnknownKeyword(name: keyword)
    }
  }

  private func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { CFBooleanType.isBool($0) } ?? false
  }

  private func equal(_ left: Any, _ right: Any) -> Bool {
    if let left = left as? String { return left == right as? String }
    guard let left = left as? NSNumber, let right = right as? NSNumber, isBool(left) == isBool(right) else {
      return false
    }
    return left == right
  }
}

/// `NSNumber` tells booleans from numbers by its type code only.
private enum CFBooleanType {
  static func isBool(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
  }
}
