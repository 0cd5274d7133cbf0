internal import FoundationEssentials

/// The body of `POST /v1/events/{name}`: the event's parameters by name. Numbers and truth values are taken as they are written.
public struct EventParameters: Hashable, Sendable {
  public var values: [String: String]

  public init(_ values: [String: String] = [:]) { self.values = values }

  /// Decodes a body; anything but an object of texts, numbers and truth values is an error that names the member.
  public init(strictlyDecoding bytes: [UInt8]) throws(BodyFault) {
    let top: StrictJSON.Top
    do { top = try StrictJSON.check(bytes) } catch { throw .malformed(error) }
    guard case .object = top else {
      throw .meaningless("the body must be a JSON object: the event's parameters by name")
    }
    let members: [String: Scalar]
    do { members = try JSONDecoder().decode([String: Scalar].self, from: Data(bytes)) } catch {
      throw .meaningless("the parameters cannot be read")
    }
    values = [:]
    for (name, value) in members {
      guard let text = value.text else {
        throw .meaningless("the parameter \"\(name)\" must be a string, a number, true or false")
      }
      values[name] = text
    }
  }

  /// A value as a text; nil if it is none.
  private struct Scalar: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else if let flag = try? container.decode(Bool.self) {
        text = flag ? "true" : "false"
      } else if let whole = try? container.decode(Int64.self) {
        text = String(whole)
      } else if let number = try? container.decode(Double.self) {
        text = String(number)
      } else {
        text = nil
      }
    }
  }
}

/// `POST /v1/events/{name}`: what it invalidated, and who heard of it.
public struct EventReply: Codable, Hashable, Sendable {
  public var invalidated: InvalidateReply
  /// How many handlers the manifest declares for it.
  public var handlers: Int
  /// How many programs subscribe to it at the moment (`GET /v1/log?type=event&name=NAME&follow=true`).
  public var subscribers: Int

  public init(_ invalidated: InvalidateReply, handlers: Int, subscribers: Int) {
    self.invalidated = invalidated
    self.handlers = handlers
    self.subscribers = subscribers
  }

  private enum Member: String, CodingKey { case handlers, subscribers }

  public init(from decoder: any Decoder) throws {
    invalidated = try InvalidateReply(from: decoder)
    let container = try decoder.container(keyedBy: Member.self)
    handlers = try container.decode(Int.self, forKey: .handlers)
    subscribers = try container.decodeIfPresent(Int.self, forKey: .subscribers) ?? 0
  }

  public func encode(to encoder: any Encoder) throws {
    try invalidated.encode(to: encoder)
    var container = encoder.container(keyedBy: Member.self)
    try container.encode(handlers, forKey: .handlers)
    try container.encode(subscribers, forKey: .subscribers)
  }
}
