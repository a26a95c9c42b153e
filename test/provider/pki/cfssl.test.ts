import { ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHmac, X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createCertificateAuthority, createJoinToken, Identity, isSignedBy } from "../../../provider/pki";
import { freePort } from "../ssh/sshd";

const folders = [
  join(process.env.KLUSTER_TOOLCHAIN ?? "", "bin"),
  ...(process.env.PATH ?? "").split(delimiter),
];
const cfssl = folders.map((folder) => join(folder, "cfssl")).find(existsSync);
const title = "cfssl, used as NixOS's easyCerts does";

(cfssl ? describe : describe.skip)(
  cfssl ? title : `${title} (skipped: no cfssl on PATH or in KLUSTER_TOOLCHAIN)`,
  () => {
    let folder: string;
    let authority: Identity;
    let token: string;
    const path = (name: string) => join(folder, name);
    const write = (name: string, content: unknown) => {
      writeFileSync(path(name), typeof content === "string" ? content : JSON.stringify(content), {
        mode: 0o600,
      });
      return path(name);
    };
    /** A certificate as pki.nix asks for: an RSA key. */
    const csr = (CN: string, hosts: string[], O?: string) => ({
      key: { algo: "rsa", size: 2048 },
      CN,
      hosts,
      names: O ? [{ O }] : undefined,
    });
    const gencert = (name: string, request: object): Identity => {
      const args = [
        "gencert",
        "-ca",
        path("ca.pem"),
        "-ca-key",
        path("ca-key.pem"),
        write(`${name}.json`, request),
      ];
      const { cert, key } = JSON.parse(execFileSync(cfssl!, args, { stdio: "pipe" }).toString());
      return { certificate: cert, privateKey: key };
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "kluster-cfssl-"));
      authority = await createCertificateAuthority();
      token = createJoinToken();
      write("ca.pem", authority.certificate);
      write("ca-key.pem", authority.privateKey);
      write("apitoken.secret", token);
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it("signs with the authority", () => {
      const { certificate } = gencert("kubelet", csr("il", ["il", "192.168.56.11"]));
      expect(isSignedBy(certificate, authority.certificate)).toBe(true);
      expect(new X509Certificate(certificate).checkHost("il")).toBe("il");
    });

    it("reads the authority's certificate as easyCerts' own", () => {
      const info = spawnSync(cfssl!, ["certinfo", "-cert", path("ca.pem")], { encoding: "utf8" });
      expect(JSON.parse(info.stdout)).toMatchObject({
        subject: { common_name: "kubernetes-cluster-ca", organization: "NixOS" },
        sigalg: "ECDSAWithSHA256",
      });
    });

    describe("serving", () => {
      let server: ChildProcess;
      let port: number;
      let log = "";

      beforeAll(async () => {
        const tls = gencert("cfssl", csr("127.0.0.1", ["127.0.0.1"]));
        const config = {
          signing: {
            profiles: { default: { usages: ["digital signature"], auth_key: "default", expiry: "720h" } },
          },
          auth_keys: { default: { type: "standard", key: `file:${path("apitoken.secret")}` } },
        };
        port = await freePort();
        server = spawn(cfssl!, [
          ...["serve", "-address", "127.0.0.1", "-port", String(port)],
          ...["-ca", path("ca.pem"), "-ca-key", path("ca-key.pem"), "-config", write("config.json", config)],
          ...[
            "-tls-cert",
            write("cfssl.pem", tls.certificate),
            "-tls-key",
            write("cfssl-key.pem", tls.privateKey),
          ],
        ]);
        server.stderr!.on("data", (text) => (log += text));
        for (let i = 0; i < 3000 && !log.includes("Now listening"); i++) await sleep(10);
      });
      afterAll(async () => {
        const ended = new Promise((resolve) => server.once("close", resolve));
        server.kill();
        await ended;
      });

      /** Talks to the server with the authority's certificate as the only one trusted. */
      const call = (endpoint: string, body: object, ca = authority.certificate) =>
        new Promise<{ success: boolean; result: { certificate: string } }>((resolve, reject) => {
          const options = { host: "127.0.0.1", port, path: `/api/v1/cfssl/${endpoint}`, method: "POST", ca };
          request(options, (response) => {
            let text = "";
            response.on("data", (part) => (text += part)).on("end", () => resolve(JSON.parse(text)));
          })
            .on("error", reject)
            .end(JSON.stringify(body));
        });
      const authenticated = (request: object, key: string) => {
        const bytes = Buffer.from(JSON.stringify(request));
        const mac = createHmac("sha256", Buffer.from(key, "hex")).update(bytes).digest("base64");
        return { token: mac, request: bytes.toString("base64") };
      };
      const signingRequest = () => {
        const { csr: pem } = JSON.parse(
          execFileSync(cfssl!, ["genkey", write("node.json", csr("system:node:ee", [], "system:nodes"))], {
            stdio: "pipe",
          }).toString(),
        );
        return { certificate_request: pem, profile: "default" };
      };

      it("is trusted by who holds the authority's certificate, and by nobody else", async () => {
        const { result } = await call("info", {});
        expect(result.certificate).toBe(authority.certificate.trim());
        const stranger = await createCertificateAuthority();
        await expect(call("info", {}, stranger.certificate)).rejects.toThrow(/certificate/);
      });

      it("gives a node its certificate for the join token, and nobody one for another token", async () => {
        const { result } = await call("authsign", authenticated(signingRequest(), token));
        expect(isSignedBy(result.certificate, authority.certificate)).toBe(true);
        expect(new X509Certificate(result.certificate).subject).toBe("O=system:nodes\nCN=system:node:ee");
        const refused = await call("authsign", authenticated(signingRequest(), createJoinToken()));
        expect(refused).toMatchObject({ success: false, result: null });
      });

      it("never logs the token or the authority's key", () => {
        expect(log).toContain("Now listening");
        expect(log).not.toContain(token);
        expect(log).not.toContain(readFileSync(path("ca-key.pem"), "utf8").split("\n")[1]);
      });
    });
  },
);
