internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import StaledAPI

/// Gives the bare 400 with which Hummingbird answers what is no HTTP at all the body that every error here has.
///
/// All other 400s are the server's own and carry a type, so a 400 without one is that one. Then the connection is closed: whoever
/// sends more than anybody reads would wait for ever.
final class ParseErrorHandler: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private var isLast = false

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isLast, case .end = unwrapOutboundIn(data) {
      let channel = context.channel
      let written = promise ?? context.eventLoop.makePromise()
      written.futureResult.whenComplete { _ in channel.close(promise: nil) }
      context.write(data, promise: written)
      return
    }
    guard case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
      head.headerFields[.contentType] == nil
    else {
      context.write(data, promise: promise)
      return
    }
    let reply = Reply.problem(.malformed("this is no HTTP/1.1 request that could be read; its head may have 80 KiB"))
    guard case .bytes(let bytes) = reply.body else { return context.write(data, promise: promise) }
    head.headerFields[.contentType] = reply.headers[.contentType]
    head.headerFields[.contentLength] = "\(bytes.count)"
    isLast = true
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: bytes))), promise: promise)
  }
}
