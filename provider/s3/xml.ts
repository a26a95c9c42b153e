/** An object of a bucket. */
export interface Listed {
  key: string;
  /** Bytes. */
  size: number;
}

/** One answer to ListObjectsV2. */
export interface Page {
  objects: Listed[];
  /** Where the next page begins; undefined on the last one. */
  next?: string;
}

/** What S3 says of an error. */
export interface Refusal {
  code: string;
  message: string;
  /** The region that it would have wanted. */
  region?: string;
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** S3's answers are flat, and have neither attributes that matter nor CDATA (Amazon S3 API Reference, "Actions"). */
const elements = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, "gs"))].map(([, content]) => content);

const text = (xml: string, name: string): string | undefined => {
  const content = elements(xml, name).at(0);
  return content?.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (all, hex, decimal, named) => {
    if (named) return NAMED[named as string] ?? all;
    const code = hex ? parseInt(hex as string, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
};

/** @returns undefined where it is no whole ListBucketResult */
export function readPage(xml: string): Page | undefined {
  const [result] = elements(xml, "ListBucketResult");
  if (result === undefined) return undefined;
  const objects = elements(result, "Contents").flatMap((content) => {
    const [key, size] = [text(content, "Key"), Number(text(content, "Size"))];
    return key === undefined || !Number.isSafeInteger(size) ? [] : [{ key, size }];
  });
  if (text(result, "IsTruncated") !== "true") return { objects };
  const next = text(result, "NextContinuationToken");
  return next ? { objects, next } : undefined;
}

/** @returns undefined where it is none of S3's errors */
export function readRefusal(xml: string): Refusal | undefined {
  const [error] = elements(xml, "Error");
  const code = error === undefined ? undefined : text(error, "Code");
  return code ? { code, message: text(error, "Message") ?? "", region: text(error, "Region") } : undefined;
}
