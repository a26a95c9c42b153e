import { errorLine, Refusal } from "./answer";

/** VirtualBox's error codes, as `Details: code …` prints them. */
const CODES = {
  E_ACCESSDENIED: "0x80070005",
  NS_ERROR_FAILURE: "0x80004005",
  NS_ERROR_INVALID_ARG: "0x80070057",
  VBOX_E_OBJECT_NOT_FOUND: "0x80bb0001",
  VBOX_E_INVALID_VM_STATE: "0x80bb0002",
  VBOX_E_FILE_ERROR: "0x80bb0004",
  VBOX_E_INVALID_OBJECT_STATE: "0x80bb0007",
  VBOX_E_NOT_SUPPORTED: "0x80bb0009",
  VBOX_E_OBJECT_IN_USE: "0x80bb000c",
} as const;

/** Where the interface that reports the error lives: `component <component>, interface <interface>`. */
const INTERFACES = {
  machine: "component MachineWrap, interface IMachine",
  sessionMachine: "component SessionMachine, interface IMachine",
  virtualBox: "component VirtualBoxWrap, interface IVirtualBox",
  medium: "component MediumWrap, interface IMedium",
  host: "component HostWrap, interface IHost",
  hostInterface: "component HostNetworkInterfaceWrap, interface IHostNetworkInterface",
  console: "component ConsoleWrap, interface IConsole",
} as const;

/** An error of VirtualBox's service (COM), in the shape in which VBoxManage prints it. */
export interface ComError {
  code: keyof typeof CODES;
  reporter: keyof typeof INTERFACES;
  /** One or several lines. */
  message: string;
  /** The failed call in VBoxManage's source; absent for errors of tasks (progress objects). */
  context?: { call: string; line: number; file: string };
  /** Errors of tasks name no callee. */
  task?: boolean;
  /** A progress bar that had begun. */
  begun?: boolean;
  /** Printed by VBoxManage itself before the service's message. */
  heading?: string;
  /** Printed by VBoxManage itself after everything else. */
  footer?: string;
}

/** The lines on stderr for a service's error. */
export function comLines(error: ComError): string {
  const details = `Details: code ${error.code} (${CODES[error.code]}), ${INTERFACES[error.reporter]}`;
  const lines = [
    ...(error.heading === undefined ? [] : [error.heading]),
    ...error.message.split("\n"),
    details + (error.task ? "" : ", callee nsISupports"),
    ...(error.context
      ? [`Context: "${error.context.call}" at line ${error.context.line} of file ${error.context.file}`]
      : []),
    ...(error.footer === undefined ? [] : [error.footer]),
  ];
  return (error.begun ? `0%...${error.code}\n` : "") + lines.map(errorLine).join("");
}

/** Refuses with a service's error and exit code 1. */
export const comError = (error: ComError): Refusal =>
  new Refusal({ exit: 1, stdout: "", stderr: comLines(error) });
