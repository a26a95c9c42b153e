import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

it("certificates can be made from a bundle, where the load order is the bundler's", () => {
  const folder = mkdtempSync(join(tmpdir(), "kluster-bundle-"));
  try {
    buildSync({
      stdin: {
        contents: `
          import { createCertificateAuthority, signCertificate, isSignedBy } from "./provider/pki";
          (async () => {
            const ca = await createCertificateAuthority({ commonName: "ca" });
            const client = await signCertificate(
              ca,
              { commonName: "c", organizations: ["o"], hosts: ["h"], usages: ["client"] },
              { lifetime: 1000 },
            );
            console.log(isSignedBy(client.certificate, ca.certificate));
          })();`,
        resolveDir: join(__dirname, "../../.."),
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      outfile: join(folder, "bundle.js"),
    });
    expect(execFileSync(process.execPath, [join(folder, "bundle.js")], { encoding: "utf8" })).toBe("true\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
