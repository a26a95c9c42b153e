import shippedInstaller from "../../nix/installer.json";
import shippedNixpkgs from "../../nix/nixpkgs.json";
import { load, type Refusal, refusalsOf, virtualBox } from "./project";
const BASE_32 = "a SHA-256 in Nix's base 32: 52 digits and lower-case letters without e, o, t and u";
const PRINT_BASE_32 =
  "print it with nix-prefetch-url --unpack URL (or nix-hash --type sha256 --to-base32 HASH, for a hash in another form)";
const HEX = "a SHA-256 in hex: 64 digits and letters from a to f, in lower case";
const PRINT_HEX =
  "print it with sha256sum FILE (or nix-hash --type sha256 --to-base16 HASH, for a hash in another form)";

describe("a pin is refused for", () => {
  it.each<Refusal>([
    [
      "nixpkgs that is no table",
      { config: { nixpkgs: "unstable" } },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs = "unstable"',
          "not a table",
          "a table with url, sha256, minimumNix",
          "write a table there instead of the value",
        ],
      ],
    ],
    [
      "nixpkgs without a hash",
      { config: { nixpkgs: { url: "https://example.org/nixpkgs.tar.gz" } } },
      [
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.sha256",
          "missing: a file and its hash go together",
          BASE_32,
          PRINT_BASE_32,
        ],
      ],
    ],
    [
      "nixpkgs without a URL",
      { config: { nixpkgs: { sha256: "1" + "0".repeat(51) } } },
      [
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.url",
          "missing: a file and its hash go together",
          "an https:// or file:// URL",
          "pulumi config set --stack dev --path kluster:nixpkgs.url URL",
        ],
      ],
    ],
    [
      "an empty nixpkgs",
      { config: { nixpkgs: {} } },
      [
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.url",
          "missing: a file and its hash go together",
          "an https:// or file:// URL",
          "pulumi config set --stack dev --path kluster:nixpkgs.url URL",
        ],
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.sha256",
          "missing: a file and its hash go together",
          BASE_32,
          PRINT_BASE_32,
        ],
      ],
    ],
    [
      "an unknown key of nixpkgs",
      {
        config: {
          nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52), minimumnix: "2.18" },
        },
      },
      [
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.minimumnix",
          "there is no such key",
          "url, sha256, minimumNix",
          'did you mean "minimumNix"? Rename it, or take it out: pulumi config rm --stack dev --path kluster:nixpkgs.minimumnix',
        ],
      ],
    ],
    [
      "nixpkgs with a hash in hex",
      { config: { nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(64) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.sha256 = "0000000000000000000000000000000000000000000000000000000000000000"',
          "not a hash of this form",
          BASE_32,
          PRINT_BASE_32,
        ],
      ],
    ],
    [
      "nixpkgs with a hash as SRI",
      {
        config: {
          nixpkgs: {
            url: "https://example.org/nixpkgs.tar.gz",
            sha256: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
          },
        },
      },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.sha256 = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="',
          "not a hash of this form",
          BASE_32,
          PRINT_BASE_32,
        ],
      ],
    ],
    [
      "nixpkgs with a hash too long for its bits",
      { config: { nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "2" + "0".repeat(51) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.sha256 = "2000000000000000000000000000000000000000000000000000"',
          "not a hash of this form",
          BASE_32,
          PRINT_BASE_32,
        ],
      ],
    ],
    [
      "nixpkgs over plain HTTP",
      { config: { nixpkgs: { url: "http://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.url = "http://example.org/nixpkgs.tar.gz"',
          "not such a URL",
          "an https:// or file:// URL",
          "pulumi config set --stack dev --path kluster:nixpkgs.url URL",
        ],
      ],
    ],
    [
      "nixpkgs in a file without its whole path",
      { config: { nixpkgs: { url: "file://nixpkgs.tar.gz", sha256: "0".repeat(52) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.url = "file://nixpkgs.tar.gz"',
          "not such a URL",
          "an https:// or file:// URL",
          "pulumi config set --stack dev --path kluster:nixpkgs.url URL",
        ],
      ],
    ],
    [
      "minimumNix that YAML made a number of",
      {
        config: {
          nixpkgs: { url: "https://example.org/nixpkgs.tar.gz", sha256: "0".repeat(52), minimumNix: 2.2 },
        },
      },
      [
        [
          "Pulumi.dev.yaml, kluster:nixpkgs.minimumNix = 2.2",
          "a number, and as one 2.20 is the same as 2.2",
          'a version as text, such as "2.18"',
          "put it in quotes",
        ],
      ],
    ],
    [
      "minimumNix that is no version",
      {
        config: {
          nixpkgs: {
            url: "https://example.org/nixpkgs.tar.gz",
            sha256: "0".repeat(52),
            minimumNix: "newest",
          },
        },
      },
      [
        [
          'Pulumi.dev.yaml, kluster:nixpkgs.minimumNix = "newest"',
          "not a version",
          'a version as text, such as "2.18"',
          "pulumi config set --stack dev --path kluster:nixpkgs.minimumNix 2.18",
        ],
      ],
    ],
    [
      "an installer without a hash",
      { config: { installer: { url: "file:///srv/nixos.iso" } } },
      [
        [
          "Pulumi.dev.yaml, kluster:installer.sha256",
          "missing: a file and its hash go together",
          HEX,
          PRINT_HEX,
        ],
      ],
    ],
    [
      "an installer with a hash in base 32",
      { config: { installer: { url: "file:///srv/nixos.iso", sha256: "0".repeat(52) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:installer.sha256 = "0000000000000000000000000000000000000000000000000000"',
          "not a hash of this form",
          HEX,
          PRINT_HEX,
        ],
      ],
    ],
    [
      "an installer's hash in capitals",
      { config: { installer: { url: "file:///srv/nixos.iso", sha256: "A".repeat(64) } } },
      [
        [
          'Pulumi.dev.yaml, kluster:installer.sha256 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"',
          "not a hash of this form",
          HEX,
          PRINT_HEX,
        ],
      ],
    ],
    [
      "an unknown key of the installer",
      { config: { installer: { url: "file:///srv/nixos.iso", sha256: "0".repeat(64), size: 1 } } },
      [
        [
          "Pulumi.dev.yaml, kluster:installer.size",
          "there is no such key",
          "url, sha256",
          "pulumi config rm --stack dev --path kluster:installer.size",
        ],
      ],
    ],
  ])("%s", (_, given, refusals) => expect(refusalsOf(given)).toEqual(refusals));
});

describe("the pins", () => {
  it("are the shipped ones, where nothing is said", () => {
    const settings = load();
    expect(settings.nixpkgs).toEqual(shippedNixpkgs);
    expect(virtualBox(settings).installer).toEqual({
      url: shippedInstaller.url,
      sha256: shippedInstaller.sha256,
    });
  });

  it("may be others, with a Nix version of their own or the shipped one", () => {
    const pin = { url: "file:///srv/nixpkgs.tar.gz", sha256: "1".repeat(52) };
    expect(load({ config: { nixpkgs: { ...pin, minimumNix: "2.8" } } }).nixpkgs).toEqual({
      ...pin,
      minimumNix: "2.8",
    });
    expect(load({ config: { nixpkgs: pin } }).nixpkgs).toEqual({
      ...pin,
      minimumNix: shippedNixpkgs.minimumNix,
    });
  });

  it("are accepted as a user's, so that the shipped files are in the right form", () => {
    const { url, sha256 } = shippedInstaller;
    expect(() => load({ config: { nixpkgs: shippedNixpkgs, installer: { url, sha256 } } })).not.toThrow();
  });
});
