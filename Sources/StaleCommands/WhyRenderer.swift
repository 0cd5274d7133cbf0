internal import StaledAPI

/// The answer of `why` as a tree: the entry at the top, the cause at the bottom.
struct WhyRenderer {
  let paint: Paint

  func text(of reply: WhyReply) -> String {
    let name = Display.safe("\(reply.namespace)/\(reply.key)")
    var title = "\(paint.bold(name)) is \(paint.state(reply.state))"
    if let since = reply.since { title += " since \(Timestamp.local(since))" }
    var lines = [title]
    let links = reply.chain.drop { $0.id == "entry:\(reply.namespace)/\(reply.key)" }
    var rows = links.enumerated().map { index, link in
      Tree.Row(index + 1, self.text(of: link))
    }
    if let cause = reply.cause, reply.state != "fresh", links.last?.id != cause.cause {
      var text = Display.cause(cause.cause)
      if let change = Display.change(from: cause.from, to: cause.to) { text += "  \(change)" }
      rows.append(Tree.Row(rows.count + 1, text))
    }
    if rows.isEmpty, reply.state == "missing" { rows.append(Tree.Row(1, "it was never made")) }
    lines += Tree.lines(rows)
    if let time = reply.cause?.time, reply.state != "fresh" {
      lines.append(paint.dim("changed \(Timestamp.local(time))"))
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func text(of link: WhyReply.Link) -> String {
    var text = Display.id(link.id)
    if let state = link.state { text += "  \(paint.state(state))" }
    if link.observed != link.current, let change = Display.change(from: link.observed, to: link.current) {
      text += "  \(change)"
    }
    // Of an entry its state says as much.
    if !link.proven, link.state == nil { text += paint.dim("  (not proven)") }
    return text
  }
}
