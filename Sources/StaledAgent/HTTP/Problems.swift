internal import StaledAPI

/// The errors that the server itself finds; the agent throws its own.
extension Problem {
  static func malformed(_ detail: String) -> Problem {
    Problem("malformed", title: "Malformed request", status: 400, detail: detail)
  }

  static func meaningless(_ detail: String) -> Problem {
    Problem("meaningless", title: "Well-formed but meaningless", status: 422, detail: detail)
  }

  static func badTag(_ detail: String) -> Problem {
    Problem("bad-tag", title: "Not a tag", status: 422, detail: detail)
  }

  static func noSuchRoute(_ path: String) -> Problem {
    Problem(
      "no-such-route", title: "No such route", status: 404,
      detail: "nothing is at \(path); an entry's path is /v1/entries/NAMESPACE/KEY or /v1/cache/NAMESPACE/KEY, and "
        + "/v1/status is a good place to start")
  }

  static func unknownEntry(_ name: String) -> Problem {
    Problem(
      "unknown-entry", title: "Unknown entry", status: 404,
      detail: "nobody declared or made the entry \(name); GET /v1/entries lists those that are known")
  }

  static func nothingToForget(_ name: String) -> Problem {
    Problem(
      "nothing-to-forget", title: "Nothing to forget", status: 404,
      detail: "the entry \(name) is known, and was not made since it was last forgotten: it has neither value nor marks"
    )
  }

  static func tooLarge(limit: Int) -> Problem {
    Problem(
      "too-large", title: "Body too large", status: 413,
      detail:
        "the body has more than \(limit) bytes, the most that is taken here; a value's limit is limits.maxValueBytes "
        + "in staled.json")
  }
}
