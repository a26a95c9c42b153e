import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Answer, ok, refuse } from "../answer";
import { Box, change, Session } from "../box";
import { comError } from "../com-error";
import { guestType } from "../guest-types";
import { newMac } from "../mac";
import { OptionDefinition, parseOptions } from "../options";
import { settingsFileFor } from "../registry";
import { settingsXml } from "../settings-file";
import { freshAdapters, freshSettings, VirtualMachine } from "../state";
import { notModelled, syntaxError } from "../syntax";
import { parseGroups } from "../groups";

const OPTIONS: OptionDefinition[] = [
  { names: ["--name", "-name"], kind: "string" },
  { names: ["--groups"], kind: "string" },
  { names: ["--basefolder", "-basefolder"], kind: "string" },
  { names: ["--ostype", "-ostype"], kind: "string" },
  { names: ["--uuid", "-uuid"], kind: "uuid" },
  { names: ["--register", "-register"], kind: "flag" },
  { names: ["--platform-architecture", "--platform-arch"], kind: "string" },
];

const CALL =
  "CreateMachine(bstrSettingsFile.raw(), bstrName.raw(), platformArch, ComSafeArrayAsInParam(groups), bstrOsTypeId.raw(), createFlags.raw(), bstrCipher.raw(), bstrPasswordId.raw(), Bstr(strPassword).raw(), machine.asOutParam())";

/** `createvm`: writes the settings file first and registers then, as VirtualBox does. */
export async function createvm(box: Box, args: string[]): Promise<Answer> {
  const options = parseOptions("createvm", args, OPTIONS);
  if (options.words.length > 0) throw syntaxError("createvm", `Invalid parameter '${options.words[0]}'`);
  const name = options.value("--name");
  if (!name) throw syntaxError("createvm", "Parameter --name is required");
  const type = guestType(options.value("--ostype") ?? "Linux_64");
  if (!type) throw refuse("Unknown or invalid guest OS type given.");
  if ((options.value("--platform-architecture") ?? "x86").toLowerCase() !== "x86")
    throw notModelled("createvm", "--platform-architecture other than x86");
  if (!options.has("--register")) throw notModelled("createvm", "createvm without --register");

  return change(box, (session) => {
    const groups = parseGroups(options.value("--groups") ?? "/", CALL);
    const base = resolve(
      session.folder,
      options.value("--basefolder") ?? join(session.home, "VirtualBox VMs"),
    );
    const settingsFile = settingsFileFor(base, groups[0], name);
    if (existsSync(settingsFile))
      throw comError({
        code: "VBOX_E_FILE_ERROR",
        reporter: "machine",
        message: `Machine settings file '${settingsFile}' already exists`,
        context: { call: CALL, line: 429, file: "VBoxManageMisc.cpp" },
      });
    const machine: VirtualMachine = {
      uuid: options.value("--uuid") ?? session.uuid(),
      name,
      groups,
      osType: type.id,
      settingsFile,
      settings: freshSettings(),
      controllers: [],
      attachments: [],
      nics: freshAdapters(newMac),
      extraData: {},
      guestProperties: {},
      power: { phase: "off", since: session.now().toISOString() },
      shiftHeld: false,
    };
    mkdirSync(dirname(settingsFile), { recursive: true });
    writeFileSync(settingsFile, settingsXml(machine));
    register(session, machine);
    return ok(
      `Virtual machine '${name}' is created and registered.\nUUID: ${machine.uuid}\nSettings file: '${settingsFile}'\n`,
    );
  });
}

function register({ state }: Session, machine: VirtualMachine): void {
  const other = state.machines.find(({ uuid }) => uuid === machine.uuid);
  if (other)
    throw comError({
      code: "NS_ERROR_INVALID_ARG",
      reporter: "virtualBox",
      message: `Registered machine with UUID {${other.uuid}} ('${other.settingsFile}') already exists`,
      context: { call: "RegisterMachine(machine)", line: 450, file: "VBoxManageMisc.cpp" },
    });
  state.machines.push(machine);
}
