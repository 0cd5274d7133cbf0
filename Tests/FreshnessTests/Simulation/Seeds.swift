#if DEBUG
  extension MutationTests {
    /// Histories that show what each safeguard is there for.
    static let seeds: [Mutation: UInt64] = [:]
  }
#endif
