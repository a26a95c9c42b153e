import * as grpc from "@grpc/grpc-js";
import { ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { failure, unimplemented } from "../errors";
import { unary } from "../unary";
import { about } from "./about";
import { runProgram } from "./program";

/** The SDK that it stands beside. */
export const VERSION = "3.230.0";

/**
 * Pulumi's LanguageRuntime service for Node, as far as running a program needs it.
 * @param engineAddress host:port; Handshake may give another
 * @param endWith called with the engine that Handshake names
 */
export function languageService(
  engineAddress: string | undefined,
  endWith: (engineAddress: string) => void,
): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();
  let engine = engineAddress;

  const calls: Partial<ILanguageRuntimeServer> = {
    handshake: unary(async (request: proto.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      endWith(engine);
      return new proto.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(async () => {
      const response = new PluginInfo();
      response.setVersion(`v${VERSION}`);
      return response;
    }),
    about: unary(about),
    // None: the CLI would look for each of them where plugins are downloaded from. What the program uses is found
    // when it is used.
    getRequiredPlugins: unary(async () => new proto.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(async () => new proto.GetRequiredPackagesResponse()),
    runtimeOptionsPrompts: unary(async () => new proto.RuntimeOptionsResponse()),
    cancel: unary(async () => {
      cancelled.abort();
      return new Empty();
    }),
    run: unary(async (request: proto.RunRequest, givenUp) => {
      if (!engine) throw new Error("when debugging or running explicitly, must call Handshake before Run");
      const { error, bail } = await runProgram(request, engine, AbortSignal.any([cancelled.signal, givenUp]));
      const response = new proto.RunResponse();
      response.setError(error);
      response.setBail(bail);
      return response;
    }),
    ...refused("getProgramDependencies", "template", "generateProgram", "generateProject", "generatePackage"),
    ...refused("pack", "link"),
    installDependencies: refusedStream("InstallDependencies; run npm ci"),
    runPlugin: refusedStream("RunPlugin"),
  };
  return calls as grpc.UntypedServiceImplementation;
}

const lacking = (call: string) =>
  unimplemented(`the lab's stand-in of Pulumi's Node language host lacks ${call}`);

const refused = (...calls: (keyof ILanguageRuntimeServer)[]) =>
  Object.fromEntries(
    calls.map((call) => [
      call,
      unary(async () => {
        throw lacking(String(call));
      }),
    ]),
  );

const refusedStream =
  (call: string): grpc.handleServerStreamingCall<any, any> =>
  (stream) =>
    stream.emit("error", failure(lacking(call)));
