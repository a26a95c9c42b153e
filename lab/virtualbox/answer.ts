/** What a call of VBoxManage leaves behind: its two streams and its exit code. */
export interface Answer {
  exit: number;
  stdout: string;
  stderr: string;
}

/** The version that the stand-in answers as. */
export const VERSION = "7.2.22_Debianr175245";

/** The progress bar of a finished task; VirtualBox writes it to stderr. */
export const PROGRESS = "0%...10%...20%...30%...40%...50%...60%...70%...80%...90%...100%\n";

/** VBoxManage's banner: comes before messages about wrong arguments only. */
export const LOGO = `Oracle VirtualBox Command Line Management Interface Version ${VERSION.replace(/r\d+$/, "")}
Copyright (C) 2005-2026 Oracle and/or its affiliates

`;

/** The call worked. */
export const ok = (stdout = "", stderr = ""): Answer => ({ exit: 0, stdout, stderr });

/** One line as VBoxManage reports errors. */
export const errorLine = (text: string) => `VBoxManage: error: ${text}\n`;

/** A call that ends with an answer other than success. Nothing of it is kept in the state. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(answer.stderr.trim() || `exit ${answer.exit}`);
  }
}

/** Refuses with plain error lines and exit code 1. */
export const refuse = (...lines: string[]): Refusal =>
  new Refusal({ exit: 1, stdout: "", stderr: lines.map(errorLine).join("") });
