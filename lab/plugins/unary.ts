import * as grpc from "@grpc/grpc-js";
import { failure } from "./errors";

/**
 * A gRPC handler from an async function; what that throws is the call's error (see errors.ts).
 * @param handle its second argument is aborted when the caller gives the call up, or is gone
 */
export const unary =
  <Request, Response>(
    handle: (request: Request, givenUp: AbortSignal) => Promise<Response>,
  ): grpc.handleUnaryCall<Request, Response> =>
  (call, callback) => {
    const givenUp = new AbortController();
    call.on("cancelled", () => givenUp.abort());
    handle(call.request, givenUp.signal).then(
      (response) => callback(null, response),
      (error) => callback(failure(error)),
    );
  };
