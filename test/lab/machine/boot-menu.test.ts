import fc from "fast-check";
import { bootMenuEntries, freshBootMenu, pressKey, renderBootMenu } from "../../../lab/machine/boot-menu";

/** What a line typed at the menu leads to; undefined when the menu still waits. */
function type(line: string): string | undefined {
  let menu = freshBootMenu;
  for (const key of line) {
    const next = pressKey(menu, key);
    if (typeof next === "string") return next;
    menu = next;
  }
  return undefined;
}

describe("the installer's boot menu", () => {
  test.each([
    ["Enter boots the first entry", "\n", "installer"],
    [
      "a line without spaces boots the installer",
      "{sudo,sh,/dev/disk/by-path/pci-0000:00:0d.0-ata-2}\n",
      "installer",
    ],
    ["a line with spaces starts Memtest", "sudo sh /dev/sdb\n", "memtest"],
    ["keys without Enter choose nothing", "sudo", undefined],
  ])("%s", (_, line, expected) => {
    expect(type(line)).toBe(expected);
  });

  test("any key but Enter ends the count-down", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }), (key) => {
        const next = pressKey(freshBootMenu, key);
        expect(typeof next === "string" || !next.counting).toBe(true);
      }),
    );
  });

  test("shows every entry, the highlighted one marked, and the count-down while it runs", () => {
    const shown = renderBootMenu(freshBootMenu, 10);
    for (const { title } of bootMenuEntries) expect(shown).toContain(title);
    expect(shown).toContain(` > ${bootMenuEntries[0].title}\r\n`);
    expect(shown).toContain("Automatic boot in 10 seconds");
    expect(renderBootMenu({ highlighted: 5, counting: false }, 10)).toMatch(
      / > Memtest86\+(?![^]*Automatic)/,
    );
  });
});
