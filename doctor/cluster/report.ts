import { X509Certificate } from "node:crypto";

/** What scripts/node-report.sh says of a machine. */
export interface NodeReport {
  /** Store paths; "" where there is none. */
  systems: { running: string; booted: string; next: string };
  kernels: { running: string; booted: string };
  failedUnits: string[];
  /** Bytes of the root file system. */
  disk: { free: number; size: number };
  /** Bytes; absent where there is no etcd. */
  etcd?: number;
  certificates: Certificate[];
}

export interface Certificate {
  name: string;
  ends: Date;
}

export function parseReport(text: string): NodeReport {
  const lines = text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });
  const values = new Map(lines);
  const get = (key: string) => values.get(key) ?? "";
  const [free, size] = get("disk").split(" ").map(Number);
  return {
    systems: { running: get("running"), booted: get("booted"), next: get("next") },
    kernels: { running: get("running-kernel"), booted: get("booted-kernel") },
    failedUnits: get("failed")
      .split(" ")
      .filter((unit) => unit !== ""),
    disk: { free, size },
    ...(values.has("etcd") ? { etcd: Number(get("etcd")) } : {}),
    certificates: lines.flatMap(([key, value]) =>
      key.startsWith("certificate ")
        ? readCertificates(key.slice("certificate ".length), Buffer.from(value, "base64").toString())
        : [],
    ),
  };
}

/** All certificates of a PEM text; what is none is passed over. */
export function readCertificates(name: string, pem: string): Certificate[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return texts.map((text) => ({ name, ends: new Date(new X509Certificate(text).validTo) }));
}
