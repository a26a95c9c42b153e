import { type Readable } from "node:stream";
import { Bucket, type BucketOptions } from "../s3/bucket";
import { S3Error } from "../s3/errors";
import { type S3Target } from "../s3/exchange";
import { SnapshotNames } from "./names";
import { type Dated } from "./retention";

/**
 * The snapshots of one cluster in a bucket, under the names that they have in the folder. Other objects there are none
 * of ours.
 */
export class SnapshotBucket {
  private readonly bucket: Bucket;
  private readonly names: SnapshotNames;

  /** @param recipient the key that they are encrypted for */
  constructor(
    private readonly target: S3Target,
    recipient: string,
    options?: BucketOptions,
  ) {
    this.bucket = new Bucket(target, options);
    this.names = new SnapshotNames(recipient);
  }

  /** The oldest first. @throws S3Error */
  async list(): Promise<(Dated & { size: number })[]> {
    const found = await this.bucket.list(this.keyOf(this.names.start));
    const ours = found.flatMap(({ key, size }) => {
      const name = key.slice(this.keyOf("").length);
      const time = this.names.timeOf(name);
      return time === undefined || key !== this.keyOf(name) ? [] : [{ name, time, size }];
    });
    return ours.sort((a, b) => a.time - b.time);
  }

  /** @throws S3Error */
  upload(name: string, path: string): Promise<void> {
    return this.bucket.put(this.keyOf(name), path);
  }

  /** @param take reads it, anew where the connection breaks off. @throws S3Error */
  download<T>(name: string, take: (sealed: Readable) => Promise<T>): Promise<T> {
    return this.bucket.get(this.keyOf(name), take);
  }

  /** @throws S3Error; also where it is not one of ours */
  async remove(name: string): Promise<void> {
    if (this.names.timeOf(name) === undefined)
      throw new S3Error("NotOurs", `${name} is no snapshot of this cluster, and is not deleted`);
    await this.bucket.delete(this.keyOf(name));
  }

  /** As users and other tools name one. */
  uriOf(name: string): string {
    return `s3://${this.target.bucket}/${this.keyOf(name)}`;
  }

  /** As messages name all of it. */
  get name(): string {
    return this.bucket.name;
  }

  private keyOf(name: string): string {
    return this.target.prefix === "" ? name : `${this.target.prefix}/${name}`;
  }
}
