import { createHash } from "node:crypto";
import { createServer, Server } from "node:http";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureIso, IsoOptions, isoPath } from "../../../provider/virtualbox/iso";
import { FakeClock } from "./fake-clock";

const CONTENT = Buffer.alloc(3_500_000, "an image of an installer");
const sha256 = createHash("sha256").update(CONTENT).digest("hex");
const url = "https://example.org/nixos/nixos-minimal.iso?x=1";

let folder: string;
let server: Server;
let origin: string;
let requests: (string | undefined)[];
/** Bytes after which the server cuts the connection, request by request. */
let cuts: number[];
let status: number | undefined;
let content: Buffer;
let ranges: boolean;
let options: IsoOptions;
let progress: { megabytes: number; of?: number }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kluster-iso-"));
  [requests, cuts, status, content, ranges, progress] = [[], [], undefined, CONTENT, true, []];
  server = createServer((request, response) => {
    requests.push(request.headers.range);
    if (status) return void response.writeHead(status).end();
    const from = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    if (from >= content.length) return void response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
    const cut = cuts.shift();
    if (cut === undefined) return void response.end(content.subarray(from));
    response.write(content.subarray(from, from + cut), () => setTimeout(() => response.destroy(), 20));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  options = {
    cacheFolder: join(folder, "cache"),
    clock: new FakeClock(),
    onProgress: (now) => progress.push(now),
    // The real fetch, with the name of the host led to the server here.
    fetch: (to, init) => fetch(String(to).replace("https://example.org", origin), init),
  };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const cached = () => readdirSync(options.cacheFolder).sort();

describe("an image from the network", () => {
  test("is copied into the cache, with progress in megabytes", async () => {
    const path = await ensureIso({ url, sha256 }, options);
    expect(path).toBe(isoPath({ url, sha256 }, options.cacheFolder));
    expect(path).toMatch(/nixos-minimal\.iso$/);
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(progress.at(-1)).toEqual({ megabytes: 3, of: 4 });
    expect(cached().filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("is fetched once however many ask at the same time", async () => {
    await Promise.all([1, 2, 3].map(() => ensureIso({ url, sha256 }, options)));
    expect(requests).toHaveLength(1);
  });

  test("is not even read again while it has not changed, and is when it has", async () => {
    const path = await ensureIso({ url, sha256 }, options);
    utimesSync(path, new Date(0), new Date(0));
    await ensureIso({ url, sha256 }, options); // read, still right
    expect(requests).toHaveLength(1);
    writeFileSync(path, "spoilt");
    expect(readFileSync(await ensureIso({ url, sha256 }, options)).equals(CONTENT)).toBe(true);
    expect(requests).toHaveLength(2);
  });

  test("goes on where a broken connection ended", async () => {
    cuts = [1_000_000, 1_000_000];
    await ensureIso({ url, sha256 }, options);
    expect(requests).toHaveLength(3);
    expect(requests[1]).toMatch(/^bytes=\d+-$/);
  });

  test("that cannot be had whole is given up after some attempts, and what has come is kept", async () => {
    cuts = [1_000_000, ...Array<number>(20).fill(0)];
    await expect(ensureIso({ url, sha256 }, options)).rejects.toThrow(
      /cannot be downloaded.*run this again to go on/,
    );
    expect(existsSync(`${isoPath({ url, sha256 }, options.cacheFolder)}.partial`)).toBe(true);
  });

  test("goes on where an earlier run ended", async () => {
    mkdirSync(options.cacheFolder);
    writeFileSync(`${isoPath({ url, sha256 }, options.cacheFolder)}.partial`, CONTENT.subarray(0, 1_000_000));
    await ensureIso({ url, sha256 }, options);
    expect(requests).toEqual(["bytes=1000000-"]);
  });

  test("begins anew when the server cannot go on", async () => {
    ranges = false;
    cuts = [1_000_000];
    expect(readFileSync(await ensureIso({ url, sha256 }, options)).equals(CONTENT)).toBe(true);
  });

  test.each([1_000_000, CONTENT.length + 5])(
    "begins anew when the %i bytes there were not its own",
    async (size) => {
      cuts = [1, ...Array<number>(20).fill(0)];
      await ensureIso({ url, sha256 }, options).catch(() => {});
      writeFileSync(`${isoPath({ url, sha256 }, options.cacheFolder)}.partial`, Buffer.alloc(size, "x"));
      cuts = [];
      expect(readFileSync(await ensureIso({ url, sha256 }, options)).equals(CONTENT)).toBe(true);
    },
  );

  test("with another hash is refused with both hashes, and not kept", async () => {
    content = Buffer.from("something else");
    await expect(ensureIso({ url, sha256 }, options)).rejects.toThrow(
      new RegExp(
        `has the sha256 ${createHash("sha256").update(content).digest("hex")}, expected was ${sha256}`,
      ),
    );
    expect(cached()).toEqual([]);
  });

  test("that is not there is not asked for again", async () => {
    status = 404;
    await expect(ensureIso({ url, sha256 }, options)).rejects.toThrow(/the server answers 404/);
    expect(requests).toHaveLength(1);
  });

  test("is tried again while the server is in trouble, and given up after some attempts", async () => {
    status = 503;
    await expect(ensureIso({ url, sha256 }, options)).rejects.toThrow(/the server answers 503/);
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.length).toBeLessThan(10);
  });
});

describe("an image on this box", () => {
  let file: string;
  beforeEach(() => {
    file = join(folder, "an image.iso");
    writeFileSync(file, CONTENT);
  });
  const pinned = () => ({ url: pathToFileURL(file).href, sha256 });

  test("is checked and used where it is", async () => {
    expect(await ensureIso(pinned(), options)).toBe(file);
    expect(isoPath(pinned(), options.cacheFolder)).toBe(file);
    expect(cached()).toEqual([`${sha256}.checked.json`]);
  });

  test("with another hash is refused, also after it was right before", async () => {
    await ensureIso(pinned(), options);
    writeFileSync(file, "spoilt");
    await expect(ensureIso(pinned(), options)).rejects.toThrow(/Put the right file at .*an image\.iso/);
    expect(existsSync(file)).toBe(true);
  });

  test("that is not there is named", async () => {
    rmSync(file);
    await expect(ensureIso(pinned(), options)).rejects.toThrow(/an image\.iso is not there/);
  });
});

test.each([
  ["http://example.org/x.iso", sha256, /must begin with https:\/\/ or file:\/\//],
  ["nixos.iso", sha256, /must begin with https/],
  [url, "11cw91q3r1nrlh3sc86n1jipgijy3njp3z9s3j0rwi6mi2adc6ki", /must be 64 hex digits/],
])("%s with %s is refused before anything happens", async (place, hash, text) => {
  await expect(ensureIso({ url: place, sha256: hash }, options)).rejects.toThrow(text);
  expect(existsSync(options.cacheFolder)).toBe(false);
});
