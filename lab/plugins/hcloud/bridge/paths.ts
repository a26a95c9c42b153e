/** A property path as Pulumi writes it: `rules[0].port`, `labels["kluster-stack"]`. */
export const pathOf = (steps: readonly (string | number)[]): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${path}["${step.replaceAll('"', '\\"')}"]`;
    return path ? `${path}.${step}` : step;
  }, "");
