import { createHash } from "node:crypto";

/**
 * How the snapshots of one cluster are named: etcd-1f3a9c2e-20261128T112233123Z.age. The first part is the cluster's mark, and says
 * which key opens them. Whatever has another name is none of ours.
 */
export class SnapshotNames {
  /** What all of them begin with. */
  readonly start: string;

  /** @param recipient the key that they are encrypted for */
  constructor(recipient: string) {
    this.start = `etcd-${createHash("sha256").update(recipient).digest("hex").slice(0, 8)}-`;
  }

  /** @param time milliseconds */
  of(time: number): string {
    return `${this.start}${new Date(time).toISOString().replace(/[-:.]/g, "")}.age`;
  }

  /** Undefined where it is not one of ours. */
  timeOf(name: string): number | undefined {
    const parts = /^etcd-[0-9a-f]{8}-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.age$/.exec(name);
    if (!parts) return undefined;
    const [, year, month, day, hour, minute, second, rest] = parts;
    const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${rest}Z`);
    return Number.isFinite(time) && this.of(time) === name ? time : undefined;
  }
}
