import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Engine } from "../../provider/engine";
import { serve } from "../../provider/serve";

test("lines reach the engine without what a terminal or Pulumi obeys", async () => {
  let heard: (request: LogRequest) => void;
  const line = new Promise<LogRequest>((resolve) => (heard = resolve));
  const log: grpc.handleUnaryCall<LogRequest, Empty> = ({ request }, answer) => {
    heard(request);
    answer(null, new Empty());
  };
  const served = await serve(EngineService, { log });
  try {
    new Engine(`127.0.0.1:${served.port}`).log("warning", "urn", "\x1b[2Jthe machine says\n<{%no colour%}>");
    expect((await line).getMessage()).toBe("the machine says\n<{ %no colour% }>");
  } finally {
    served.stop();
  }
});
