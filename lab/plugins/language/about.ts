import { AboutRequest, AboutResponse } from "@pulumi/pulumi/proto/language_pb";
import { run } from "../../../provider/process";
import { fromStruct } from "../values";
import { parseOptions } from "./options";

/** What `pulumi about` and the debug log tell of Node and of the package manager. */
export async function about(request: AboutRequest): Promise<AboutResponse> {
  const { packageManager } = parseOptions(fromStruct(request.getInfo()?.getOptions()));
  const name = packageManager === "auto" ? "npm" : packageManager;
  const response = new AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  response.getMetadataMap().set("packagemanager", name);
  const answer = await run(name, ["--version"]).catch(() => undefined);
  response.getMetadataMap().set("packagemanagerVersion", answer?.stdout.trim() ?? "");
  return response;
}
