import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { endWith, servePlugin } from "../serve";
import { languageService, VERSION } from "./service";

/** `[-runtime=nodejs] [-tracing ADDRESS] [-NAME=VALUE…] [ENGINE]`, as Pulumi starts a language host. */
function main(args: string[]): void {
  if (args.some((arg) => /^--?version$/.test(arg))) {
    console.log(`v${VERSION}`);
    return;
  }
  const runtime = args.map((arg) => /^--?runtime=(.*)$/.exec(arg)?.[1]).find((value) => value !== undefined);
  if (runtime !== undefined && runtime !== "nodejs") {
    console.error(`unsupported runtime: ${runtime}`);
    process.exit(255);
  }
  const [engine] = args.filter(
    (arg, place) => !arg.startsWith("-") && !/^--?tracing$/.test(args[place - 1] ?? ""),
  );
  servePlugin(
    (server) => server.addService(LanguageRuntimeService, languageService(engine, endWith)),
    engine,
  );
}

main(process.argv.slice(2));
