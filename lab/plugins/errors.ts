import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Properties, toStruct } from "./values";

/** What a call fails with, by a gRPC status other than the usual UNKNOWN. */
export class PluginError extends Error {
  constructor(
    message: string,
    readonly code: grpc.status,
  ) {
    super(message);
  }
}

export const unimplemented = (message: string): PluginError =>
  new PluginError(message, grpc.status.UNIMPLEMENTED);

/** A resource came to exist, but not as wished: the engine keeps it in the state as "init failed". */
export class InitFailed extends Error {
  /** @param state what is to be kept; `reasons` are shown one by one, the message alone without them */
  constructor(
    message: string,
    readonly state: { id: string; properties: Properties; inputs: Properties; reasons?: string[] },
  ) {
    super(message);
  }
}

/** An error as gRPC sends it. */
export function failure(error: unknown): grpc.ServiceError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = cause instanceof PluginError ? cause.code : grpc.status.UNKNOWN;
  const metadata = new grpc.Metadata();
  if (cause instanceof InitFailed)
    metadata.add("grpc-status-details-bin", Buffer.from(initFailedStatus(cause).serializeBinary()));
  return Object.assign(new Error(cause.message), { code, details: cause.message, metadata });
}

function initFailedStatus({ message, state }: InitFailed): Status {
  const detail = new ErrorResourceInitFailed();
  detail.setId(state.id);
  detail.setProperties(toStruct(state.properties));
  detail.setInputs(toStruct(state.inputs));
  detail.setReasonsList(state.reasons ?? [message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  return status;
}
