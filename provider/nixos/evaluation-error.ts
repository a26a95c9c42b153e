import { nixErrorText } from "./nix";

/** What is known of a failed evaluation. */
export interface EvaluationError {
  /** The error itself, without the way there. */
  text: string;
  /** All that Nix said of the way there, error included. */
  trace: string;
  /** A module's argument that nothing gives, and the file that asks for it. */
  missing?: { argument: string; file: string };
  /** Files outside the Nix store that modules were read from on the way there, the nearest to the error first. */
  files: string[];
}

/**
 * Reads what Nix wrote with --show-trace. In older versions the error comes first and the way there after it; since then, the
 * other way round, after an empty "error:". An error of several lines begins with such a line in all of them.
 */
export function readEvaluationError(stderr: string): EvaluationError {
  const trace = nixErrorText(stderr);
  const lines = trace.split("\n");
  const errorIsLast =
    /^\s*error:\s*$/.test(lines[0]) && /^\s*… /.test(lines.slice(1).find((line) => /\S/.test(line)) ?? "");
  const start = errorIsLast
    ? lines.length - 1 - [...lines].reverse().findIndex((line) => /^\s*error:/.test(line))
    : 0;
  const rest = lines.slice(Math.max(start, 0));
  const end = errorIsLast ? -1 : rest.findIndex((line) => /^\s*… /.test(line));
  const error = end < 0 ? rest : rest.slice(0, end);
  const indent = /^ */.exec(error[0])![0].length;
  const text = error
    .map((line) => line.slice(Math.min(indent, line.search(/\S|$/))))
    .filter((line) => !/use '--show-trace'/.test(line))
    .join("\n")
    .trim();
  const steps = lines.flatMap((line) => /^\s*… (.*)$/.exec(line)?.[1] ?? []);
  const nearestFirst = errorIsLast ? steps.reverse() : steps;
  return { text, trace, missing: missingArgument(text, nearestFirst), files: filesOf(nearestFirst) };
}

/** nixpkgs' lib/modules.nix says which argument of which module it was evaluating. */
function missingArgument(text: string, steps: readonly string[]): EvaluationError["missing"] {
  for (const step of steps) {
    const [, argument, file] =
      /^while evaluating the module argument `([^']+)' in "(.+)":?$/.exec(step) ?? [];
    // An argument that is used for the value of an option is missed by name; one for `imports` ends in a circle, as
    // all modules would have to be known to look for it in `_module.args`.
    const isMissed = text.includes(`attribute '${argument}' missing`) || /infinite recursion/.test(text);
    if (argument && isMissed && !GIVEN.includes(argument) && !isStored(file)) return { argument, file };
  }
  return undefined;
}

/** What every module may ask for. */
const GIVEN = ["config", "options", "lib", "pkgs", "modulesPath", "kluster"];

const isStored = (path: string) => path.startsWith("/nix/store/");

function filesOf(steps: readonly string[]): string[] {
  const found = steps.flatMap(
    (step) => /(?:definitions from `|argument `[^']+' in ")(\/[^'"]+)/.exec(step)?.[1] ?? [],
  );
  return [...new Set(found.map((file) => file.replace(/, via option .*/, "")))].filter(
    (file) => !isStored(file),
  );
}

/**
 * The message for the user.
 * @param traceFile where the whole way there can be read
 */
export function evaluationMessage({ text, missing, files }: EvaluationError, traceFile: string): string {
  const [nearest] = files;
  return [
    text,
    missing
      ? `The module ${missing.file} asks for the argument \`${missing.argument}\`, which nothing gives it: kluster evaluates no flake, and gives ${GIVEN.join(", ")}. docs/guide/modules.md, "Modules of flakes", shows how to use one.`
      : nearest && !text.includes(nearest)
        ? `Nix came there from ${nearest}.`
        : "",
    `All of Nix's way there (its --show-trace) is in ${traceFile}.`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}
