/**
 * The boot menu of the NixOS minimal ISO under BIOS (syslinux's vesamenu), as far as keys can do harm there.
 * Entries in the order of nixpkgs' iso-image.nix.
 */
export const bootMenuEntries = [
  { title: "NixOS 26.05 Installer", boots: "installer" },
  { title: "NixOS 26.05 Installer (nomodeset)", boots: "installer" },
  { title: "NixOS 26.05 Installer (copytoram)", boots: "installer" },
  { title: "NixOS 26.05 Installer (debug)", boots: "installer" },
  { title: "NixOS 26.05 Installer (serial console=ttyS0,115200n8)", boots: "installer" },
  { title: "Memtest86+", boots: "memtest" },
] as const;

export type BootTarget = (typeof bootMenuEntries)[number]["boots"];

export interface BootMenu {
  /** Index of the highlighted entry. */
  highlighted: number;
  /** Whether the menu still boots by itself: the first key ends that. */
  counting: boolean;
}

export const freshBootMenu: BootMenu = { highlighted: 0, counting: true };

/**
 * What a key does: Enter boots the highlighted entry; Space is page-down and thereby goes to the last one; any key
 * stops the count-down.
 * @returns the new menu, or what it boots
 */
export function pressKey(menu: BootMenu, key: string): BootMenu | BootTarget {
  const last = bootMenuEntries.length - 1;
  switch (key) {
    case "\n":
    case "\r":
      return bootMenuEntries[menu.highlighted].boots;
    case " ":
      return { highlighted: last, counting: false };
    default:
      return { ...menu, counting: false };
  }
}

/** The menu as the console shows it. */
export function renderBootMenu(menu: BootMenu, seconds: number): string {
  const lines = bootMenuEntries.map(({ title }, i) => `${i === menu.highlighted ? " > " : "   "}${title}`);
  if (menu.counting) lines.push("", `Automatic boot in ${seconds} seconds...`);
  return ["", ...lines, ""].join("\r\n");
}
